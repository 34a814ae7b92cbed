//! The simulator as a program.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use hufu_wxsim::{Config, Seed, WxSim};

/// A simulator of WeChat's servers, for development and tests.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; only loopback, unless WXSIM_ALLOW_PUBLIC is set.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Gives every openid, unionid and default secret.
    #[arg(long, env = "WXSIM_SEED", default_value = "wxsim")]
    seed: String,
    /// An app to create, as APPID or APPID=SECRET; may be repeated.
    #[arg(long = "app", value_name = "APPID[=SECRET]")]
    apps: Vec<String>,
    /// An open-platform account to bind these apps to.
    #[arg(long, value_name = "NAME")]
    open_account: Option<String>,
    /// Needed as x-wxsim-token to steer the simulator.
    #[arg(long, env = "WXSIM_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// How many requests the log remembers.
    #[arg(long, default_value_t = 1000)]
    request_log: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_failure(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config {
        seed: Seed::from(arguments.seed),
        listen: arguments.listen,
        control_token: arguments.control_token,
        request_log_capacity: arguments.request_log,
        ..Config::default()
    };
    let sim = WxSim::start(config).await?;
    let account = arguments
        .open_account
        .map(|name| sim.open_account_named(&name))
        .transpose()?;
    let mut lines = vec![format!("wxsim listens on {}", sim.url())];
    for app in &arguments.apps {
        let (appid, secret) = app
            .split_once('=')
            .map_or((app.as_str(), None), |(id, secret)| (id, Some(secret)));
        let mut builder = sim.app(appid);
        if let Some(secret) = secret {
            builder = builder.secret(secret);
        }
        if let Some(account) = &account {
            builder = builder.bound_to(account);
        }
        let app = builder.create()?;
        lines.push(format!("app {} has the secret {}", app.id(), app.secret()));
    }
    // Only now: whoever waits for the first line finds the apps there.
    for line in &lines {
        say(line);
    }
    tokio::signal::ctrl_c().await?;
    sim.shutdown().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program says where it listens")]
fn say(line: &str) {
    println!("{line}");
}

fn say_failure(line: &str) {
    eprintln!("wxsim: {line}");
}
