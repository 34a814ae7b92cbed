//! The store suite: what every implementation of core's store ports must do, on every database.
//!
//! A case is a sentence and a function that takes a store: migrated, empty, and the case's own until it ends. Cases need
//! no order and no clock but their own. Those of 100 tasks at once want a runtime of several threads. To run them:
//!
//! ```ignore
//! macro_rules! run {
//!     ($($subject:ident: [$($case:ident,)*],)*) => {$(mod $subject {$(
//!         #[tokio::test(flavor = "multi_thread")]
//!         async fn $case() {
//!             hufu_testkit::store_suite::$subject::$case(super::an_empty_store().await).await;
//!         }
//!     )*})*};
//! }
//! hufu_testkit::store_cases!(run);
//! ```
//!
//! To add a case, write it in its subject's file and name it in [`store_cases`](crate::store_cases); a test here fails
//! where a case is not named. Every operation has a case in which another tenant tries it on rows that are not its own.
#![allow(missing_docs, reason = "a case's name is its sentence")]
#![allow(
    clippy::unwrap_used,
    reason = "a case fails where the store does, and the error says enough"
)]

mod acts;
mod bench;
mod paging;
mod parallel;

pub mod absorption;
pub mod accounts;
pub mod attempts;
pub mod browsers;
pub mod clients;
pub mod closing;
pub mod codes;
pub mod consents;
pub mod events;
pub mod grants;
pub mod housekeeping;
pub mod key_rotation;
pub mod keys;
pub mod linking;
pub mod login;
pub mod login_steps;
pub mod merges;
pub mod model;
pub mod operators;
pub mod phone_linking;
pub mod phone_races;
pub mod phones;
pub mod pushes;
pub mod refresh;
pub mod registration;
pub mod replay;
pub mod secret_rotation;
pub mod session_keys;
pub mod shared_tokens;
pub mod sms_budget;
pub mod sms_codes;
pub mod tenant_deletion;
pub mod tenants;
pub mod units;
pub mod users;
pub mod wechat_apps;

/// Calls the macro `$run` with all cases by subject: `tenants: [case, …,], clients: [case, …,], …`.
#[macro_export]
macro_rules! store_cases {
    ($run:ident) => {
        $run! {
            tenants: [
                a_tenant_comes_back_as_it_was_created,
                a_tenant_that_is_not_there_has_no_rows,
                writing_to_a_tenant_that_is_not_there_is_refused,
                an_event_of_a_tenant_that_is_not_there_is_refused,
                a_creation_is_recorded_for_the_tenant_and_for_the_platform,
                a_taken_slug_creates_nothing,
                of_100_parallel_creations_of_one_slug_one_counts,
                tenants_are_listed_in_the_order_of_their_slugs,
                a_replaced_tenant_keeps_its_id_and_slug,
                a_stale_change_of_a_tenant_changes_nothing,
                of_100_parallel_changes_on_one_reading_one_counts,
                one_tenants_change_is_not_anothers,
            ],
            tenant_deletion: [
                r58_deleting_a_tenant_ends_everything,
                a_deletion_is_recorded_for_the_platform_alone,
                a_deletion_leaves_other_tenants_whole,
                a_slug_can_be_used_again_with_another_id,
                the_app_of_a_deleted_tenant_is_free,
                of_100_parallel_deletions_one_counts,
                r58_logins_that_race_a_deletion_leave_nothing,
            ],
            clients: [
                a_client_comes_back_as_it_was_registered,
                a_registration_is_recorded,
                a_replaced_client_keeps_its_secret_and_its_age,
                a_public_client_made_confidential_gets_the_new_secret,
                a_stale_or_unfounded_replacement_changes_nothing,
                two_changes_within_a_millisecond_are_told_apart,
                a_new_secret_replaces_the_old_one,
                a_client_without_a_secret_gets_none_by_rotation,
                r58_removing_a_client_revokes_its_grants,
                clients_are_listed_in_the_order_of_their_ids,
                equal_client_ids_in_two_tenants_are_two_clients,
                one_tenants_client_is_not_anothers,
                of_100_parallel_registrations_one_secret_counts,
            ],
            wechat_apps: [
                a_claimed_app_comes_back_with_its_secret,
                a_replaced_app_keeps_its_age,
                a_replaced_app_keeps_nothing_else,
                an_app_that_another_tenant_holds_is_refused,
                a_transfer_moves_the_app_and_tells_both_tenants,
                a_transfer_of_a_free_app_is_a_claim,
                a_claim_by_a_tenant_that_is_not_there_takes_nothing,
                a_removed_app_is_free_and_its_identities_remain,
                one_tenants_app_is_not_anothers,
                apps_are_listed_in_the_order_of_their_appids,
                a_stale_claim_changes_nothing,
                of_100_parallel_claims_on_one_reading_one_counts,
                of_100_tenants_that_claim_an_app_one_gets_it,
                after_100_parallel_transfers_one_tenant_has_the_app,
            ],
            shared_tokens: [
                an_app_is_found_by_its_appid,
                a_token_comes_back_as_it_was_kept,
                a_token_of_nobodys_app_is_not_kept,
                a_token_that_was_fetched_earlier_replaces_none,
                a_token_is_expired_only_by_whoever_had_it,
                a_token_ends_with_the_secret_it_was_fetched_with,
                a_token_does_not_go_with_its_app,
                of_100_tokens_kept_at_once_the_last_fetched_stays,
                what_happens_to_an_app_is_recorded_for_its_tenant,
                a_token_that_is_long_over_is_removed,
            ],
            secret_rotation: [
                a_next_secret_stands_beside_the_current_one,
                one_tenants_app_gets_no_secret_from_another,
                a_promoted_secret_is_the_current_one,
                a_token_that_the_next_secret_fetched_outlives_the_promotion,
                nothing_but_the_next_secret_is_promoted,
                a_next_secret_does_not_go_with_its_app,
                a_claim_that_builds_on_what_was_before_a_rotation_is_stale,
                of_100_parallel_promotions_one_counts,
            ],
            keys: [
                keys_come_back_as_they_were_created_oldest_first,
                a_new_key_gives_its_elders_an_end,
                a_key_is_there_until_the_instant_of_its_end,
                a_key_that_does_not_sign_can_be_removed,
                a_key_that_signs_or_will_sign_cannot_be_removed,
                one_successor_waits_at_a_time,
                a_kid_is_used_once,
                one_tenants_keys_are_not_anothers,
                of_100_parallel_successors_one_is_made,
            ],
            registration: [
                a_token_registers_as_many_clients_as_it_has_uses,
                a_token_ends,
                a_token_that_was_taken_back_is_no_good,
                one_tenants_token_is_not_anothers,
                r37_of_100_parallel_registrations_as_many_count_as_the_token_has_uses,
            ],
            key_rotation: [
                r63_a_waiting_key_signs_when_it_is_told_and_not_before_caches_know_it,
                a_waiting_key_can_be_removed,
                the_first_client_of_an_algorithm_brings_its_key,
                of_100_parallel_first_clients_one_brings_the_key,
                a_key_is_due_when_its_period_is_over,
                r63_of_100_parallel_rotations_one_counts,
                a_rotation_waits_for_a_key_that_waits,
                another_period_sets_the_rotations_anew,
                one_tenants_rotation_is_not_anothers,
            ],
            users: [
                a_user_comes_back_as_it_was_written,
                users_are_listed_in_the_order_of_their_creation,
                r58_disabling_a_user_ends_sessions_and_refresh_at_once,
                an_enabled_user_signs_in_anew,
                a_user_that_is_not_there_cannot_be_disabled,
                r58_deleting_a_user_leaves_nothing_of_it,
                a_deleted_person_who_comes_again_is_another_user,
                identities_are_listed_oldest_first_and_at_most_100,
                live_sessions_are_listed_newest_first,
                ending_a_session_ends_what_grew_from_it,
                what_ended_once_does_not_end_again_later,
                a_session_is_ended_only_by_its_users_name,
                one_tenants_user_is_not_anothers,
                of_100_parallel_deletions_of_a_user_one_counts,
                of_100_parallel_ends_of_a_session_one_counts,
                r58_no_login_slips_past_a_parallel_disabling,
                r58_no_login_slips_past_a_parallel_deletion,
            ],
            login: [
                a_new_person_becomes_a_user_with_all_that_a_login_gives,
                a_returning_person_is_the_same_user,
                a_login_without_refresh_has_no_family,
                r51_equal_openids_in_two_apps_are_two_people,
                r51_equal_openids_in_two_tenants_never_meet,
                where_registration_is_closed_nobody_new_leaves_a_trace,
                a_disabled_user_is_refused_without_a_trace,
                of_100_parallel_first_logins_of_a_person_one_makes_the_user,
                a_hundred_people_who_come_at_once_are_a_hundred_users,
            ],
            linking: [
                a_second_app_of_the_union_scope_is_the_same_user,
                a_unionid_links_only_within_its_union_scope,
                r51_equal_unionids_in_two_tenants_never_meet,
                a_unionid_seen_later_is_filled_in,
                a_unionid_that_vanishes_is_remembered,
                a_unionid_that_changes_is_recorded_once,
                a_changed_unionid_that_another_holds_moves_nobody,
                a_disabled_user_does_not_come_in_by_another_app,
                a_union_key_is_not_taken_from_its_holder,
                one_tenants_people_are_not_anothers_to_link,
                first_logins_by_two_apps_at_once_make_one_user,
            ],
            absorption: [
                a_bare_user_goes_into_the_one_with_the_unionid,
                the_bare_holder_of_the_unionid_goes_into_the_real_user,
                two_real_users_stay_two_and_the_conflict_is_recorded_once,
                a_disabled_user_is_never_emptied_into_another,
                a_user_is_bare_with_one_identity_and_grants_to_its_app_alone,
                of_100_parallel_logins_one_absorbs_the_bare_user,
            ],
            phones: [
                a_phone_that_comes_with_a_first_login_is_the_new_users,
                a_phone_that_comes_later_is_the_users_once,
                another_phone_replaces_the_one_before,
                a_number_of_another_is_taken_and_leaves_no_trace,
                where_phones_are_proof_a_new_person_is_the_one_with_the_phone,
                r52_who_is_in_the_app_already_is_not_joined_by_a_phone,
                where_phones_are_proof_a_bare_user_goes_into_the_one_with_the_phone,
                where_phones_are_proof_a_disabled_user_is_not_found_by_one,
                a_phone_registers_where_it_must,
                a_phone_goes_to_the_user_that_remains_of_two,
                a_user_with_a_phone_is_not_bare,
                a_number_is_one_users_whoever_verified_it,
                r51_equal_numbers_in_two_tenants_never_meet,
            ],
            phone_races: [
                of_100_people_who_come_at_once_with_one_new_phone_one_gets_it,
                of_100_people_who_come_at_once_where_phones_are_proof_all_are_one,
                of_100_parallel_first_logins_with_a_phone_one_makes_the_user,
                of_100_parallel_logins_with_a_new_phone_one_links_it,
            ],
            phone_linking: [
                a_user_adds_a_phone,
                a_phone_that_another_has_is_not_added,
                only_an_active_user_adds_a_phone,
                of_two_phones_added_to_a_user_at_once_one_stays,
                of_100_users_who_add_one_phone_at_once_one_gets_it,
            ],
            session_keys: [
                the_last_two_keys_are_kept,
                the_login_that_began_last_has_the_current_key,
                after_100_parallel_logins_the_last_two_that_began_have_the_keys,
                a_tenant_that_keeps_none_has_none,
                where_a_tenant_stops_keeping_them_all_are_deleted,
                no_key_slips_past_a_parallel_change_of_the_setting,
                a_reset_forgets_what_was_dead_already,
                a_reset_leaves_the_new_key_alone,
                keys_go_with_their_identity,
                a_refused_login_leaves_no_key,
                one_tenants_session_keys_are_not_anothers,
                the_keys_of_who_does_not_come_back_are_removed,
            ],
            replay: [
                r28_a_proof_counts_once,
                r28_of_100_uses_of_a_proof_at_once_one_is_the_first,
                a_proof_is_remembered_for_its_time,
                a_proof_at_one_tenant_is_unused_at_another,
            ],
            pushes: [
                who_takes_the_phone_back_has_none_here,
                a_phone_is_taken_back_only_by_the_app_that_verified_it,
                who_takes_everything_back_is_signed_out,
                other_permissions_and_changed_names_are_recorded_alone,
                r58_who_closes_the_wechat_account_is_deleted_with_everything,
                who_closes_one_of_two_wechat_accounts_keeps_the_other,
                a_message_about_nobody_known_changes_nothing,
                of_100_deliveries_of_a_message_at_once_one_is_obeyed,
                logins_that_race_a_message_end_or_come_after_it,
                r51_equal_messages_of_two_apps_or_tenants_are_two,
                a_message_is_remembered_for_its_time,
            ],
            grants: [
                a_refresh_token_comes_back_with_its_family,
                a_token_of_no_family_is_refused,
                a_token_is_spent_only_on_top_of_what_was_read,
                of_100_parallel_spends_one_wins,
                a_family_is_revoked_once,
                of_100_parallel_revocations_one_counts,
                an_access_token_is_revoked_by_its_jti,
                an_access_token_revoked_100_times_at_once_is_revoked,
                one_tenants_grant_is_not_anothers,
                one_tenants_revoked_jti_is_not_anothers,
            ],
            refresh: [
                r18_a_refresh_makes_the_next_generation,
                r19_a_spent_token_may_be_replayed_until_its_successor_is_used,
                a_token_that_is_not_rotated_lives_longer_by_its_own_tenant_alone,
                r19_reuse_revokes_the_family_and_is_recorded,
                r19_of_100_parallel_refreshes_one_spends,
                r22_no_refresh_slips_past_a_parallel_revocation,
                r30_a_token_with_another_secret_changes_nothing,
            ],
            operators: [
                an_operator_comes_back_as_it_was_created,
                an_operators_events_go_where_it_reaches,
                an_operator_of_no_tenant_is_refused,
                a_revoked_operator_stays_revoked,
                of_100_parallel_revocations_of_an_operator_one_counts,
                operators_are_listed_in_the_order_of_their_ids,
                operators_are_paged,
            ],
            events: [
                an_event_comes_back_as_it_was_recorded,
                every_kind_of_event_can_be_recorded,
                events_are_listed_newest_first,
                the_platforms_events_are_listed_newest_first,
                events_of_one_instant_are_all_listed_once,
                one_tenants_events_are_not_anothers_nor_the_platforms,
            ],
            housekeeping: [
                the_database_gives_a_sign_of_life,
                what_is_dead_is_removed_and_nothing_else,
                removal_is_bounded_by_its_limit,
                a_family_that_is_still_used_outlives_its_old_tokens,
                each_change_of_configuration_is_news,
                a_claimed_or_transferred_app_is_news,
                a_deleted_tenant_is_news,
                news_do_not_go_back_in_time,
                what_is_not_configuration_is_no_news,
                news_are_kept_for_an_hour,
            ],
            accounts: [
                an_account_comes_back_with_its_password,
                a_password_is_replaced_and_goes_with_its_identity,
                a_username_is_one_users,
                a_user_with_a_username_is_not_bare,
                of_100_people_who_want_one_name_at_once_one_gets_it,
                all_sessions_but_one_end_and_are_counted,
                the_oldest_sessions_end_first,
                r60_after_100_parallel_logins_the_most_that_may_live_do,
                r58_no_login_by_the_old_password_slips_past_a_parallel_change,
                live_grants_are_listed_newest_first,
                a_user_from_elsewhere_comes_in_whole_or_not_at_all,
                one_tenants_account_is_not_anothers,
            ],
            login_steps: [
                a_login_comes_back_as_it_was_kept,
                one_tenants_login_is_not_anothers,
                a_login_of_two_steps_leaves_nothing_before_its_end,
                of_100_last_steps_at_once_one_counts,
                of_100_steps_on_one_auth_session_one_counts,
            ],
            codes: [
                a_code_comes_back_as_it_was_issued_and_is_used_once,
                a_code_is_issued_only_to_an_active_user_and_a_client,
                a_login_that_wants_a_code_gets_one_that_opens_its_session,
                of_100_parallel_redemptions_of_a_code_one_wins_and_reuse_ends_it,
                r58_no_code_slips_past_a_parallel_disabling,
                one_tenants_code_is_not_anothers,
            ],
            browsers: [
                a_login_in_a_browser_opens_a_session_and_the_same_person_keeps_it,
                another_person_in_the_browser_ends_the_session_before,
                a_code_of_a_browser_gives_a_grant_in_its_session,
                a_request_that_waits_comes_back_as_it_was_kept_and_goes_once,
                of_100_codes_at_once_for_one_pushed_request_one_is_given,
                consent_is_remembered_widened_and_taken_back,
                whoever_wants_to_be_told_of_a_logout_is_noted_once_however_it_ends,
                of_many_workers_each_word_is_one_workers,
                one_tenants_browsers_are_not_anothers,
            ],
            attempts: [
                failures_come_back_as_they_were_counted_until_they_are_forgotten,
                of_100_parallel_failures_each_is_counted,
                of_100_guesses_at_once_as_many_count_as_are_free,
                a_success_in_time_forgets_the_accounts_failures_alone,
                one_tenants_failures_are_not_anothers,
            ],
            sms_codes: [
                a_vendor_comes_back_as_it_was_set,
                one_tenants_vendor_and_codes_are_not_anothers,
                a_phone_has_one_code_for_each_purpose,
                r44_of_100_wrong_tries_at_once_five_count,
                r44_of_100_right_tries_at_once_one_counts,
                of_100_who_ask_for_a_code_to_one_phone_at_once_one_gets_it,
                whoever_types_the_code_has_the_phone_and_one_login_of_100,
            ],
            sms_budget: [
                messages_are_counted_in_windows_that_slide,
                messages_for_nobody_known_are_of_one_address,
                the_windows_of_a_day_begin_a_quarter_early_at_most,
                every_limit_is_counted_and_no_further_than_it_matters,
                codes_that_came_back_are_told_from_those_that_did_not,
                an_alarm_stands_until_it_is_ended,
                one_tenants_messages_are_not_anothers,
                a_thousand_addresses_get_no_more_codes_for_a_block_than_its_budget,
                a_thousand_addresses_get_no_more_codes_for_a_country_than_its_budget,
            ],
            consents: [
                a_profile_comes_back_as_it_was_written,
                consents_are_listed_newest_first_and_the_last_counts,
                a_login_records_what_is_accepted_once,
                consents_outlive_their_user_without_the_address,
                one_tenants_profiles_and_consents_are_not_anothers,
            ],
            merges: [
                identities_move_with_the_union_keys_that_only_they_have,
                the_last_merge_that_was_not_undone_is_found,
                two_users_become_one_by_proof_of_both_and_two_again,
                a_merge_is_undone_for_thirty_days,
                a_merge_goes_with_the_tombstone,
                a_merged_user_closes_no_more,
                of_two_users_who_merge_each_other_at_once_one_remains,
                of_100_who_undo_a_merge_at_once_one_does,
                a_phone_that_two_users_link_at_once_is_one_users,
                an_offer_to_merge_is_the_users_own,
                one_tenants_merge_is_not_anothers,
            ],
            closing: [
                when_a_closed_account_closes_comes_back,
                a_closed_account_is_deleted_when_its_time_is_over,
                whoever_signs_in_before_that_keeps_the_account,
                closed_accounts_of_all_tenants_are_deleted_a_few_at_a_time,
                a_login_that_races_the_deletion_keeps_the_account_or_makes_another,
                what_is_over_is_removed_in_its_time,
                removal_of_what_is_over_is_bounded,
            ],
            model: [
                whatever_people_do_nobody_becomes_somebody_else,
            ],
            units: [
                an_act_sees_what_it_wrote_and_gives_its_output,
                a_failing_act_leaves_nothing,
                a_row_that_is_there_fails_the_whole_act,
                failing_acts_do_not_touch_those_beside_them,
                a_panicking_act_takes_nobody_with_it,
                an_act_whose_caller_left_is_done_wholly_or_not_at_all,
                nobody_sees_an_act_that_is_not_done,
            ],
        }
    };
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    macro_rules! names {
        ($($subject:ident: [$($case:ident,)*],)*) => {
            [$($(concat!(stringify!($subject), "::", stringify!($case)),)*)*]
        };
    }

    /// All public functions of the subjects' files.
    fn written() -> BTreeSet<String> {
        let mut cases = BTreeSet::new();
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store_suite")).unwrap() {
            let path = file.unwrap().path();
            let subject = path.file_stem().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            cases.extend(names.map(|rest| format!("{subject}::{}", rest.split('(').next().unwrap())));
        }
        cases
    }

    #[test]
    fn every_case_is_named() {
        let named: BTreeSet<_> = store_cases!(names).into_iter().map(str::to_owned).collect();
        assert_eq!(named, written());
    }
}
