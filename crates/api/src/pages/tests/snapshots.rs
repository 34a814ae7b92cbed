//! The committed pages are those that are rendered.

use super::{
    super::{assets, brand},
    branded, every_page,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/snapshots")
}

#[test]
fn every_page_looks_as_it_is_committed() {
    let mut expected = vec![("brand.css".to_owned(), brand::css(branded().color().unwrap()))];
    for page in every_page() {
        // The names of the assets change with each of their changes, which is nothing to look at here.
        let html = page.html.replace(&*assets::CSS_NAME, "hufu.css");
        let html = html.replace(&*assets::JS_NAME, "hufu.js");
        expected.push((format!("{}.{}.html", page.name, page.locale.as_str()), html));
    }
    let folder = folder();
    if std::env::var_os("HUFU_UPDATE_SNAPSHOTS").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, content) in &expected {
            fs::write(folder.join(name), content).unwrap();
        }
    }
    let different: Vec<_> = expected
        .iter()
        .filter(|(name, content)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(content))
        .map(|(name, _)| name)
        .collect();
    assert!(
        different.is_empty(),
        "look at these, and if they are right: HUFU_UPDATE_SNAPSHOTS=1 cargo test -p hufu-api pages\n{different:?}"
    );
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        expected.len(),
        "a page is gone"
    );
}
