//! What is worth picking from an `errmsg`. The rest of it is prose that changes with the season: it is neither compared
//! nor logged.

use std::net::IpAddr;

/// WeChat's id of the request, such as `65b44ec2-1140c3ec-56792928`. The first group is the Unix time.
pub(crate) fn rid(errmsg: &str) -> Option<&str> {
    let (_, after) = errmsg.split_once("rid: ")?;
    let rid = after.get(..26)?;
    let is_group = |group: &str| group.len() == 8 && group.bytes().all(|b| b.is_ascii_hexdigit());
    (rid.split('-').count() == 3 && rid.split('-').all(is_group)).then_some(rid)
}

/// The address of ours that WeChat does not accept: 40164 names it, and the operator needs it to mend that.
pub(crate) fn refused_ip(errmsg: &str) -> Option<IpAddr> {
    let (_, after) = errmsg.split_once("invalid ip ")?;
    after.split([' ', ',']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rid_is_found_wherever_it_stands() {
        for (errmsg, expected) in [
            (
                "code been used, rid: 65b44ec2-1140c3ec-56792928",
                Some("65b44ec2-1140c3ec-56792928"),
            ),
            (
                "invalid code hint: [IfdFrrMre-JPlAXa] rid: 65713974-7970e3f9-1a07ebbf",
                Some("65713974-7970e3f9-1a07ebbf"),
            ),
            (
                "system error rid: 65713974-7970e3f9-1a07ebbf, more",
                Some("65713974-7970e3f9-1a07ebbf"),
            ),
            ("invalid appid hints: [ req_id: AijFoqaLRa-pTFm4 ]", None),
            ("rid: 65713974-7970e3f9-1a07ebb", None),
            ("rid: 65713974-7970e3f9-1a07ebbg", None),
            ("rid: 虎虎虎虎虎虎虎虎虎虎虎虎", None),
            ("rid: ", None),
            ("", None),
        ] {
            assert_eq!(rid(errmsg), expected, "{errmsg}");
        }
    }

    #[test]
    fn the_refused_address_is_found() {
        let errmsg =
            "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 65713974-7970e3f9-1a07ebbf";
        assert_eq!(refused_ip(errmsg), Some([1, 2, 3, 4].into()));
        assert_eq!(refused_ip("invalid ip <script>"), None);
        assert_eq!(refused_ip("invalid code"), None);
    }
}
