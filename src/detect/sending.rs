//! The webhook as the command line has it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use detection::template::Template;
use detection::webhook::{Options, Webhook};

use crate::arguments::duration;

/// Where the value of an `Authorization` header comes from: on a command line everybody could read it.
const AUTHORIZATION: &str = "TRACEE_WEBHOOK_AUTHORIZATION";

/// Arguments about it.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Send each finding there by HTTP POST; the variable TRACEE_WEBHOOK_AUTHORIZATION is the value of the header Authorization
    #[arg(long = "webhook", value_name = "URL")]
    url: Option<String>,
    /// What is sent: JSON with {{field}} for what findings have [default: the finding as --output json has it]
    #[arg(long = "webhook-template", value_name = "FILE", requires = "url")]
    template: Option<PathBuf>,
    /// Certificates (PEM) of authorities that may have signed the server's, instead of those of the public web
    #[arg(long = "webhook-ca", value_name = "FILE", requires = "url")]
    authorities: Option<PathBuf>,
    /// How long one attempt may take [default: 10s]
    #[arg(long = "webhook-timeout", value_name = "T", value_parser = duration::parse, requires = "url")]
    attempt: Option<Duration>,
    /// How long the end waits for what is not sent yet [default: 30s]
    #[arg(long = "webhook-patience", value_name = "T", value_parser = duration::parse, requires = "url")]
    patience: Option<Duration>,
}

impl Arguments {
    /// The webhook that was asked for, with what it sends.
    pub(super) fn start(&self) -> Result<Option<(Webhook, Template)>> {
        let Some(url) = &self.url else { return Ok(None) };
        let template = match &self.template {
            None => Template::default(),
            Some(path) => {
                let text =
                    String::from_utf8(read(path)?).with_context(|| format!("{}: is not UTF-8", path.display()))?;
                Template::parse(&text).map_err(|error| anyhow!(error.file(path)))?
            }
        };
        let mut options = Options { url: url.clone(), ..Options::default() };
        if let Ok(value) = std::env::var(AUTHORIZATION) {
            options.headers.push(("Authorization".to_owned(), value));
        }
        options.authorities = self.authorities.as_deref().map(read).transpose()?;
        options.attempt = self.attempt.unwrap_or(options.attempt);
        options.patience = self.patience.unwrap_or(options.patience);
        let webhook = Webhook::start(options).map_err(|why| anyhow!("--webhook: {why}"))?;
        Ok(Some((webhook, template)))
    }
}

/// A small file.
fn read(path: &Path) -> Result<Vec<u8>> {
    const MAX_BYTES: u64 = 1 << 20;
    let told = || format!("cannot read {}", path.display());
    if !std::fs::metadata(path).with_context(told)?.is_file() {
        bail!("{}: is no regular file", path.display());
    }
    let mut bytes = Vec::new();
    File::open(path).with_context(told)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(told)?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{}: is longer than {MAX_BYTES} bytes", path.display());
    }
    Ok(bytes)
}
