//! What is held for the page.

use super::*;

fn offers() -> (Offers, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Offers::new(folder.path().join("offers")).unwrap(), folder)
}

#[tokio::test]
async fn each_sheet_is_an_offer_and_all_images_are_one() {
    let (offers, folder) = offers();
    let files = folder.path().join("shop");
    fs::create_dir_all(files.join("more")).unwrap();
    for name in ["a.csv", "b.TSV", "1.jpg", "more/2.png", "more/notes.txt"] {
        fs::write(files.join(name), "x").unwrap();
    }
    let paths = ["a.csv", "1.jpg", "b.TSV", "more"].map(|name| files.join(name));
    let Taken { offers: taken, left_out } = offers.take(paths.to_vec()).await;
    assert_eq!(left_out, [""; 0]);
    let told: Vec<_> = taken.iter().map(|o| (o.name.as_str(), o.kind, o.files)).collect();
    assert_eq!(
        told,
        [
            ("a.csv", OfferKind::Sheet, 1),
            ("b.TSV", OfferKind::Sheet, 1),
            ("shop.csv", OfferKind::Images, 2),
        ]
    );
    let made = offers.sheet(&taken[2].id).unwrap();
    assert_eq!(made.folder.as_deref(), Some(&*files.canonicalize().unwrap()));
    assert!(fs::read_to_string(made.path).unwrap().contains("more/2.png"));
}

#[tokio::test]
async fn what_can_be_taken_is_taken_beside_what_cannot() {
    let (offers, folder) = offers();
    fs::write(folder.path().join("a.csv"), "x").unwrap();
    let paths = ["a.csv", "gone.csv", "nothing.txt"].map(|name| folder.path().join(name));
    let taken = offers.take(paths.to_vec()).await;
    assert_eq!(taken.offers.len(), 1);
    let [gone, images] = taken.left_out.try_into().unwrap();
    assert!(gone.contains("gone.csv was left out: "), "{gone}");
    assert!(images.contains("nothing.txt"), "{images}");
}

#[test]
fn what_was_taken_is_told_once_whether_the_page_listens_already_or_not() {
    let (offers, _folder) = offers();
    let taken = |name: &str| Taken {
        offers: vec![offers.take_text(name, "x").unwrap()],
        left_out: vec![format!("{name}.gone was left out")],
    };
    let (early, late) = (taken("a.csv"), taken("b.csv"));
    assert_eq!(offers.tell(early.clone()), None);
    assert_eq!(offers.untold(), early);
    assert_eq!(offers.tell(late.clone()), Some(late.clone()));
    assert_eq!(offers.untold(), Taken::default());
    offers.page_begins();
    assert_eq!(offers.tell(late.clone()), None);
    assert_eq!(offers.untold(), late);
}

#[test]
fn what_is_not_held_cannot_be_named() {
    let (offers, folder) = offers();
    assert!(offers.sheet(&folder.path().display().to_string()).is_err());
    assert!(offers.chosen("/").is_err());
    let pasted = offers.take_text("../../x.csv", "x").unwrap();
    let sheet = offers.sheet(&pasted.id).unwrap();
    assert_eq!((sheet.name.as_str(), sheet.folder), ("x.csv", None));
}
