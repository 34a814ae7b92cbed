//! `hufu operator`

use super::setup::{ConfigFile, audit};
use crate::operators::{self, NewOperator};
use anyhow::{Context, bail};
use clap::Subcommand;
use hufu_core::{
    id::OperatorId,
    operator::{Operator, OperatorScope},
    page::{PageLimit, PageRequest},
    store::{Operators, Tenants},
    tenant::{DisplayName, TenantSlug},
};
use hufu_storage::SqlStore;
use secrecy::ExposeSecret;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an operator's token and print it: alone, once.
    Create {
        /// Who the token is for.
        #[arg(long)]
        name: String,
        /// The one tenant that the token is limited to; without it, it reaches the whole installation.
        #[arg(long)]
        tenant: Option<String>,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List operators: id, scope, when created, when revoked, name.
    List {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Revoke an operator's token. It is dead at once.
    Revoke {
        /// The operator's id (opr_…).
        id: String,
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, tenant, config } => {
            let name = DisplayName::parse(&name).context("--name")?;
            create(&config.open_store().await?, name, tenant.as_deref()).await
        }
        Command::List { config } => list(&config.open_store().await?).await,
        Command::Revoke { id, config } => {
            let id = OperatorId::parse(&id).context("the id")?;
            revoke(&config.open_store().await?, id).await
        }
    }
}

async fn create(store: &SqlStore, name: DisplayName, tenant: Option<&str>) -> anyhow::Result<()> {
    let scope = match tenant {
        None => OperatorScope::Platform,
        Some(slug) => {
            let found = store
                .tenant_by_slug(&TenantSlug::parse(slug).context("--tenant")?)
                .await?;
            let tenant = found.with_context(|| format!("there is no tenant {slug}"))?;
            OperatorScope::Tenant(tenant.id)
        }
    };
    let audit = audit();
    let created = NewOperator::generate(name, scope, audit.now, &crate::random::SystemRandom);
    store
        .create_operator(&created.operator, &created.event(&audit))
        .await?;
    super::say(created.token.expose_secret());
    Ok(())
}

async fn list(store: &SqlStore) -> anyhow::Result<()> {
    let mut page = PageRequest {
        after: None,
        limit: PageLimit::default(),
    };
    loop {
        let operators = store.operators(None, &page).await?;
        for operator in &operators.items {
            super::say(&line(operator));
        }
        match operators.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn line(operator: &Operator) -> String {
    let scope = match operator.scope {
        OperatorScope::Platform => "platform".to_owned(),
        OperatorScope::Tenant(id) => id.to_string(),
    };
    let revoked = operator.revoked_at.map_or("-".to_owned(), |at| at.to_rfc3339());
    let created = operator.created_at.to_rfc3339();
    format!(
        "{}\t{scope}\t{created}\t{revoked}\t{}",
        operator.id, operator.name
    )
}

async fn revoke(store: &SqlStore, id: OperatorId) -> anyhow::Result<()> {
    let found = store.operator(id).await?;
    let operator = found.with_context(|| format!("there is no operator {id}"))?;
    if !operators::revoke(store, &operator, &audit()).await? {
        bail!("the token of {} was revoked before", operator.name);
    }
    super::say(&format!("revoked the token of {}", operator.name));
    Ok(())
}
