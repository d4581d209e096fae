//! Owns contacts and persons as a caller on the wire sees them. Never a real address.

use std::io;

use super::*;

fn contact(id: &str, email: &str) -> UpdateContactRequest {
    let contact = Contact {
        name: format!("creators/tiktok:{id}/contact"),
        emails: vec![email.into()],
        agency: " Agency ".into(),
        source: 7,
        observe_time: Some(prost_types::Timestamp { seconds: 1_000, nanos: 0 }),
        ..Default::default()
    };
    UpdateContactRequest { contact: Some(contact) }
}

async fn get_contact(node: &Node, id: &str) -> Result<Contact, Status> {
    let request = GetContactRequest { name: format!("creators/tiktok:{id}/contact") };
    Ok(node.client.clone().get_contact(request).await?.into_inner().contact.expect("set"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_in_its_own_answer_only() {
    let node = node(Script::default()).await;
    let mut client = node.client.clone();
    assert_eq!(client.update_contact(contact("a", "x@example.com")).await.expect_err("unknown").code(), Code::NotFound);
    let bio = Creator { bio: "write to Shown(at)example(dot)com!".into(), ..profile("a") };
    let token = ingest(&node, vec![bio, profile("b")]).await.change_token;
    assert_eq!(get_contact(&node, "b").await.expect_err("none").code(), Code::NotFound);
    assert_eq!(get_contact(&node, "a").await.expect("shown").emails, ["Shown@example.com"]);
    let kept = client.update_contact(contact("a", "given@example.com")).await.expect("kept").into_inner();
    assert_eq!(kept.contact, Some(get_contact(&node, "a").await.expect("known")));
    let contact = get_contact(&node, "a").await.expect("known");
    assert_eq!((contact.emails, contact.agency.as_str()), (vec!["given@example.com".to_owned()], "Agency"));
    for query in ["given", "shown", "example"] {
        let request =
            SearchCreatorsRequest { query: query.into(), read_after: vec![token.clone()], ..Default::default() };
        assert_eq!(search(&node, request).await.expect("answered").total_size, Some(0), "{query}");
    }
    let request = GetCreatorRequest { name: "creators/tiktok:a".into(), ..Default::default() };
    let creator = client.get_creator(request).await.expect("known").into_inner().creator.expect("set");
    assert!(creator.has_contact && !format!("{creator:?}").contains('@'), "{creator:?}");
    assert_eq!(creator.bio, "write to [e-mail]!");
    let mut request = DeleteContactRequest { name: "creators/tiktok:a/contact".into(), ..Default::default() };
    client.delete_contact(request.clone()).await.expect("removed");
    assert_eq!(client.delete_contact(request.clone()).await.expect_err("gone").code(), Code::NotFound);
    request.allow_missing = true;
    client.delete_contact(request).await.expect("no error");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_contact_is_told_without_repeating_it() {
    let node = node(Script::default()).await;
    let mut wrong = contact("a", "my secret address");
    let fields = wrong.contact.as_mut().expect("set");
    (fields.name, fields.source, fields.observe_time) = ("creators/tiktok:a".into(), 99, None);
    let status = node.client.clone().update_contact(wrong).await.expect_err("refused");
    assert_eq!(status.code(), Code::InvalidArgument);
    for part in ["contact.name", "contact.emails[0]", "contact.source", "contact.observe_time"] {
        assert!(status.message().contains(part), "{part}: {}", status.message());
    }
    assert!(!status.message().contains("my secret address"), "{}", status.message());
}

#[derive(Clone, Default)]
struct Trail(Arc<Mutex<Vec<u8>>>);

impl io::Write for Trail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn persons_are_linked_proposed_and_searched() {
    let node = node(Script::default()).await;
    let mut client = node.client.clone();
    let linking = |id: &str, link: &str| Creator { links: vec![link.into()], ..profile(id) };
    let batch = vec![
        linking("ana", "https://www.instagram.com/ana/?hl=de"),
        Creator { name: "creators/instagram:77".into(), handle: "ana".into(), ..linking("", "tiktok.com/@ANA") },
        linking("bea", "tiktok.com/@ana"),
        Creator { person: "persons/p1".into(), ..profile("cleo") },
    ];
    ingest(&node, batch).await;
    let request = ProposePersonLinksRequest { name: "creators/tiktok:ana".into() };
    let proposals = client.propose_person_links(request.clone()).await.expect("answered").into_inner().proposals;
    let short: Vec<(&str, f64, usize)> = proposals
        .iter()
        .map(|proposal| (proposal.creator.as_str(), proposal.confidence, proposal.evidence.len()))
        .collect();
    assert_eq!(short, [("creators/instagram:77", 0.9, 2), ("creators/tiktok:bea", 0.6, 1)]);
    let creators = vec!["creators/tiktok:ana".to_owned(), "creators/instagram:77".to_owned()];
    let link = LinkPersonRequest { name: "persons/p1".into(), creators: creators.clone() };
    let linked = client.link_person(link).await.expect("linked").into_inner();
    let accounts = linked.person.expect("set").accounts;
    let kinds: Vec<(&str, i32)> = accounts.iter().map(|account| (account.creator.as_str(), account.link)).collect();
    assert_eq!(kinds, [("creators/instagram:77", 2), ("creators/tiktok:ana", 2), ("creators/tiktok:cleo", 1)]);
    let proposals = client.propose_person_links(request).await.expect("answered").into_inner().proposals;
    assert_eq!(proposals.len(), 1, "who is linked already is not proposed");
    let request = |filter: &str, token: String| SearchCreatorsRequest {
        filter: filter.into(),
        read_after: vec![token],
        ..Default::default()
    };
    let found = search(&node, request("person = \"persons/p1\"", linked.change_token)).await.expect("answered");
    assert_eq!(found.total_size, Some(3));
    assert!(found.creators.iter().all(|creator| creator.person == "persons/p1"));
    let mut unlink = UnlinkPersonRequest { name: "persons/p1".into(), creators };
    let undone = client.unlink_person(unlink.clone()).await.expect("undone").into_inner();
    assert_eq!(undone.person.expect("set").accounts.len(), 1);
    let found = search(&node, request("person = \"persons/p1\"", undone.change_token)).await.expect("answered");
    assert_eq!(found.total_size, Some(1));
    assert_eq!(client.unlink_person(unlink.clone()).await.expect_err("not linked").code(), Code::NotFound);
    unlink.creators.clear();
    assert_eq!(client.unlink_person(unlink).await.expect_err("none").code(), Code::InvalidArgument);
    let unknown = GetPersonRequest { name: "persons/nobody".into() };
    assert_eq!(client.get_person(unknown).await.expect_err("unknown").code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_of_profiles_is_not_told_of_metrics() {
    let script = Script::default();
    let stream = script.next_stream();
    let node = node(script).await;
    ingest(&node, vec![profile("a")]).await;
    stream.send(metrics("a", 5.0, 0.1, None)).expect("followed");
    stream.send(snapshot_end(1)).expect("followed");
    let after = SearchCreatorsRequest {
        read_after: vec![Token::new("metrics", 1).to_string()],
        filter: "followers = 5".into(),
        ..Default::default()
    };
    assert_eq!(search(&node, after).await.expect("answered").total_size, Some(1));
    let request = WatchCreatorsRequest {
        profile_changes_only: true,
        resume_token: Token::new("discovery", 0).to_string(),
        ..Default::default()
    };
    let mut watcher = node.client.clone().watch_creators(request).await.expect("watched").into_inner();
    ingest(&node, vec![profile("b")]).await;
    for (name, position) in [("creators/tiktok:a", 0), ("creators/tiktok:b", 0)] {
        let message = watcher.message().await.expect("streamed").expect("a delta");
        let Some(watch_creators_response::Event::Creator(creator)) = message.event else { panic!("{message:?}") };
        assert_eq!(creator.name, name, "from {position}");
    }
}

#[tokio::test]
async fn who_asks_for_a_contact_is_noted_and_what_was_answered_is_not() {
    use tracing::instrument::WithSubscriber;

    let node = node(Script::default()).await;
    ingest(&node, vec![profile("a")]).await;
    // The first line of a place in the code that any thread writes decides who listens to it; it must be written before somebody does.
    node.client.clone().update_contact(contact("a", "first@example.com")).await.expect("kept");
    get_contact(&node, "a").await.expect("known");
    let trail = Trail::default();
    let sink = trail.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || sink.clone()).finish();
    let asked = async {
        node.client.clone().update_contact(contact("a", "given@example.com")).await.expect("kept");
        get_contact(&node, "a").await.expect("known");
        get_contact(&node, "given@example.com").await.expect_err("no name");
    };
    asked.with_subscriber(subscriber).await;
    let told = String::from_utf8(trail.0.lock().expect("no panic").clone()).expect("text");
    let lines: Vec<&str> = told.lines().filter(|line| line.contains(" audit: ")).collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].contains("UpdateContact") && lines[0].contains("creators/tiktok:a/contact"), "{told}");
    assert!(lines[1].contains("GetContact") && lines[1].contains("outcome=\"OK\""), "{told}");
    assert!(lines[2].contains("CONTACT_NOT_FOUND"), "{told}");
    assert!(!lines[..2].concat().contains("example.com"), "{told}");
}
