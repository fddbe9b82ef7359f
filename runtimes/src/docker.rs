//! The Docker Engine API, as far as it tells what a container is. Podman speaks it too, with itself named in `/version`.
//!
//! Paths carry no version: each daemon then speaks the newest it has, and the fields read here are in all of them.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::MAX_CONTAINERS;
use crate::ask::{Asking, Request};
use crate::description::{Description, Labels, Runtime, id_answers, id_is_sound, time_ns};
use crate::http::Http1;
use crate::json::{List, Text};
use crate::warning::{Failed, Trouble};

/// Components, digests and names of one thing: there are a handful.
const MAX_PARTS: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(default)]
    components: Option<List<Component, MAX_PARTS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Component {
    #[serde(default)]
    name: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: Text,
    #[serde(default)]
    names: Option<List<Text, MAX_PARTS>>,
    #[serde(default)]
    image: Option<Text>,
    #[serde(rename = "ImageID", default)]
    image_id: Option<Text>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    state: Option<Text>,
    #[serde(default)]
    labels: Option<Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: Text,
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    created: Option<Text>,
    #[serde(default)]
    image: Option<Text>,
    #[serde(default)]
    state: Option<State>,
    #[serde(default)]
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    #[serde(default)]
    running: Option<bool>,
    #[serde(default)]
    pid: Option<i64>,
    #[serde(default)]
    started_at: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    image: Option<Text>,
    #[serde(default)]
    labels: Option<Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default)]
    repo_tags: Option<List<Text, MAX_PARTS>>,
    #[serde(default)]
    repo_digests: Option<List<Text, MAX_PARTS>>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    message: Text,
}

/// A daemon that is being asked.
struct Daemon<'a> {
    asking: &'a Asking,
    http: Http1,
    runtime: Runtime,
    /// Names and digests of images that were asked about already.
    images: BTreeMap<String, Option<Image>>,
}

/// Asks the daemon; what it says is put to `asking` as it comes.
pub(crate) async fn ask(asking: &Asking, request: &Request) -> Result<(), Failed> {
    let http = Http1::new(&asking.endpoint.path, asking.limits.answer_bytes);
    let mut daemon = Daemon { asking, http, runtime: Runtime::Docker, images: BTreeMap::new() };
    daemon.tell_apart().await?;
    match request {
        Request::Describe(id) => {
            if let Some(description) = daemon.inspect(id).await? {
                asking.put(description);
            }
            Ok(())
        }
        Request::List | Request::Find(_) => {
            daemon.list(request).await?;
            for id in asking.ids() {
                if asking.late() {
                    return Err(asking.no_time_left());
                }
                // One that is gone by now stays as the list told it.
                match daemon.inspect(&id).await {
                    Ok(Some(description)) => asking.replace(description),
                    Ok(None) => {}
                    Err(failed) => asking.warn_of_one(failed)?,
                }
            }
            Ok(())
        }
    }
}

impl Daemon<'_> {
    async fn tell_apart(&mut self) -> Result<(), Failed> {
        let version = match self.get::<Version>("/version").await {
            Ok(version) => version,
            // A proxy before the socket may allow less than it needs to.
            Err(failed) if failed.trouble == Trouble::Refused => None,
            Err(failed) => return Err(failed),
        };
        let names = version.and_then(|version| version.components).unwrap_or_default();
        let says_podman = names.items.iter().any(|component| component.name.text == "Podman Engine");
        let called_podman = self.asking.endpoint.path.to_string_lossy().contains("podman");
        if says_podman || names.items.is_empty() && called_podman {
            self.runtime = Runtime::Podman;
        }
        Ok(())
    }

    async fn list(&mut self, request: &Request) -> Result<(), Failed> {
        let list = self.get::<List<Listed, MAX_CONTAINERS>>("/containers/json?all=1").await?.unwrap_or_default();
        if list.more {
            self.asking.warn_more(MAX_CONTAINERS);
        }
        for listed in list.items {
            let mut description = match self.described(&listed.id) {
                Ok(description) => description,
                Err(failed) => {
                    self.asking.warn(failed);
                    continue;
                }
            };
            let names = listed.names.unwrap_or_default();
            // Links of other containers are names too, with a slash inside.
            let own = names.items.iter().map(|name| name.text.trim_start_matches('/')).find(|name| !name.contains('/'));
            description.name = own.and_then(|name| description.keep("name", name));
            set_image(&mut description, listed.image, listed.image_id);
            description.created_ns = listed.created.and_then(|s| u64::try_from(s).ok()?.checked_mul(1_000_000_000));
            description.running = listed.state.map(|state| state.text == "running" || state.text == "paused");
            description.keep_labels(listed.labels.unwrap_or_default());
            description.fill_pod();
            if request.wants(&description) && !self.asking.put(description) {
                break;
            }
        }
        Ok(())
    }

    async fn inspect(&mut self, asked: &str) -> Result<Option<Description>, Failed> {
        let Some(told) = self.get::<Inspected>(&format!("/containers/{asked}/json")).await? else { return Ok(None) };
        let mut description = self.described(&told.id)?;
        if !id_answers(asked, &description.id) {
            // A container can be called as another one's id starts.
            let name = told.name.map_or(String::new(), |name| name.text);
            if name.trim_start_matches('/') == asked {
                return Ok(None);
            }
            return Err(wrong_id(asked, &description.id));
        }
        let name = told.name.unwrap_or_default();
        description.name = description.keep("name", name.text.trim_start_matches('/'));
        let config = told.config.unwrap_or(Config { image: None, labels: None });
        set_image(&mut description, config.image, told.image);
        description.created_ns = told.created.and_then(|created| time_ns(&created.text));
        if let Some(state) = told.state {
            description.running = state.running;
            description.started_ns = state.started_at.and_then(|started| time_ns(&started.text));
            description.init_pid = state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0);
        }
        description.keep_labels(config.labels.unwrap_or_default());
        description.fill_pod();
        self.name_image(&mut description).await?;
        Ok(Some(description))
    }

    /// Adds the image's digest, and its name where the container holds only an id.
    async fn name_image(&mut self, description: &mut Description) -> Result<(), Failed> {
        let Some(id) = description.image_id.clone() else { return Ok(()) };
        if !id_is_sound(id.strip_prefix("sha256:").unwrap_or(&id)) {
            return Err(Failed::not_understood(format_args!("an image whose id is {id:?}")));
        }
        if !self.images.contains_key(&id) {
            let image = self.get::<Image>(&format!("/images/{id}/json")).await?;
            self.images.insert(id.clone(), image);
        }
        let Some(Some(image)) = self.images.get(&id) else { return Ok(()) };
        let tags = image.repo_tags.iter().flat_map(|tags| &tags.items);
        let digests: Vec<&str> =
            image.repo_digests.iter().flat_map(|list| &list.items).map(|digest| &*digest.text).collect();
        if description.image.is_none()
            && let Some(tag) = tags.map(|tag| &tag.text).find(|tag| !tag.starts_with("<none>"))
        {
            description.image = description.keep("image", tag);
        }
        // An image that is in several repositories has a digest in each: that of the one it was asked from, if it is told.
        let named = description.image.as_deref().map(|image| image.rsplit_once(':').map_or(image, |(name, _)| name));
        let same = |digest: &&&str| named.is_some_and(|name| digest.split('@').next() == Some(name));
        if let Some(digest) = digests.iter().find(same).or(digests.first()) {
            description.image_digest = description.keep("image_digest", digest);
        }
        Ok(())
    }

    fn described(&self, id: &Text) -> Result<Description, Failed> {
        if id.cut || !id_is_sound(&id.text) {
            return Err(Failed::not_understood(format_args!("a container whose id is {:?}", id.text)));
        }
        Ok(Description::new(self.runtime, &id.text, self.asking.endpoint.to_string()))
    }

    /// What is at `target`; nothing where the daemon says that there is nothing.
    async fn get<T: DeserializeOwned>(&mut self, target: &str) -> Result<Option<T>, Failed> {
        let reply = self.http.get(target).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if reply.status != StatusCode::OK {
            let words = serde_json::from_slice::<Refusal>(&reply.body).map_or(String::new(), |r| r.message.text);
            return Err(Failed::new(Trouble::Refused, format_args!("{} to {target}: {words}", reply.status.as_u16())));
        }
        if !reply.is("application/json") {
            let told = reply.content_type();
            return Err(Failed::not_understood(format_args!("{told:?} instead of JSON to {target}")));
        }
        let read = serde_json::from_slice(&reply.body);
        read.map(Some).map_err(|error| Failed::not_understood(format_args!("JSON to {target}: {error}")))
    }
}

/// A name that is an id is no name.
fn set_image(description: &mut Description, name: Option<Text>, id: Option<Text>) {
    let (name, id) = (name.unwrap_or_default(), id.unwrap_or_default());
    description.image_id = description.keep("image_id", &id.text);
    if !name.text.starts_with("sha256:") {
        description.image = description.keep("image", &name.text);
    }
}

pub(crate) fn wrong_id(asked: &str, told: &str) -> Failed {
    Failed::new(Trouble::WrongId, format_args!("asked about {asked}, it answers about {told}"))
}
