//! A page taken apart. Pages are written so that they are XML as well: every element is closed, every attribute has a value.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// An element's start.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The number of the form that it is or stands in.
    pub(super) form: Option<usize>,
}

impl Element {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The element without what is in it.
    pub(super) fn shape(&self) -> (String, Vec<String>) {
        // Which option is chosen depends on the value.
        let names = self.attributes.iter().map(|(name, _)| name.clone());
        (
            self.name.clone(),
            names.filter(|name| name != "selected").collect(),
        )
    }
}

/// All elements in order.
pub(super) fn elements(html: &str) -> Result<Vec<Element>, String> {
    let mut reader = Reader::from_str(html);
    let mut elements = Vec::new();
    let (mut forms, mut form, mut open) = (0, None, Vec::new());
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("{error} at {}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if name == "form" {
                    assert!(form.is_none(), "no form stands in another");
                    forms += 1;
                    form = Some(forms);
                }
                open.push(name);
                elements.push(element(&start, form)?);
            }
            Event::Empty(start) => elements.push(element(&start, form)?),
            Event::End(end) => {
                open.pop();
                if end.name().as_ref() == "form" {
                    form = None;
                }
            }
            Event::Eof if open.is_empty() => return Ok(elements),
            Event::Eof => return Err(format!("{open:?} are not closed")),
            _ => {}
        }
    }
}

fn element(start: &BytesStart<'_>, form: Option<usize>) -> Result<Element, String> {
    let attribute = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute =
            attribute.map_err(|error: quick_xml::events::attributes::AttrError| error.to_string())?;
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        Ok((attribute.key.as_ref().to_owned(), value.into_owned()))
    };
    Ok(Element {
        name: start.name().as_ref().to_owned(),
        attributes: start.attributes().map(attribute).collect::<Result<_, String>>()?,
        form,
    })
}
