use super::*;

fn names(gathered: &Gathered) -> Vec<&str> {
    gathered.images.iter().map(|image| image.link.as_str()).collect()
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    folder
}

#[test]
fn images_are_named_from_the_folder_that_all_lie_in() {
    let folder = folder(&["a/2.jpg", "a/10.jpg", "a/deep/er/1.PNG", "b/mug.webp", "c.jpg"]);
    let path = |name: &str| folder.path().join(name);
    let gathered = |paths: &[PathBuf]| gather(paths, &[], &Limits::default()).unwrap();
    let all = gathered(&[path("a"), path("b/mug.webp"), path("a/2.jpg"), path("a/deep")]);
    assert_eq!(all.folder, folder.path().canonicalize().unwrap());
    assert_eq!(names(&all), ["a/2.jpg", "a/10.jpg", "a/deep/er/1.PNG", "b/mug.webp"]);
    assert_eq!(all.images[3].name, "mug");
    let inner = gathered(&[path("a")]);
    assert_eq!(inner.folder, folder.path().join("a").canonicalize().unwrap());
    assert_eq!(names(&inner), ["2.jpg", "10.jpg", "deep/er/1.PNG"]);
    let one = gathered(&[path("c.jpg")]);
    assert_eq!((names(&one), &one.folder), (vec!["c.jpg"], &folder.path().canonicalize().unwrap()));
}

#[test]
fn of_a_folder_only_what_looks_like_an_image_is_taken() {
    let folder = folder(&[
        "a.jpg",
        ".hidden.jpg",
        ".hidden/b.jpg",
        "note.txt",
        "shop.csv",
        "out/images/1.jpg",
    ]);
    let out = folder.path().join("out");
    let named = [folder.path().to_owned(), folder.path().join("note.txt")];
    let gathered = gather(&named, &[&out], &Limits::default()).unwrap();
    assert_eq!(names(&gathered), ["a.jpg", "note.txt"], "what is named is taken at its word");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_named_is_told_and_links_are_not_followed() {
    let folder = folder(&["in/a\nb.jpg", "in/a\\b.jpg", "in/c.jpg", "secret.jpg"]);
    let inner = folder.path().join("in");
    std::os::unix::fs::symlink("../secret.jpg", inner.join("link.jpg")).unwrap();
    std::os::unix::fs::symlink("..", inner.join("up")).unwrap();
    let gathered = gather(&[inner], &[], &Limits::default()).unwrap();
    assert_eq!(names(&gathered), ["c.jpg"]);
    assert_eq!(gathered.left_out.len(), 2);
}

#[test]
fn where_no_sheet_can_be_made_it_is_told_why() {
    let folder = folder(&["a.jpg", "b.jpg", "shop.csv", "empty/x.txt"]);
    let path = |name: &str| folder.path().join(name);
    let few = Limits { max_rows: 1, ..Limits::default() };
    let refused = |paths: &[PathBuf]| gather(paths, &[], &few).unwrap_err();
    assert!(matches!(refused(&[path("shop.csv")]), GatherError::IsSheet(_)));
    assert!(matches!(refused(&[path("none")]), GatherError::Unreadable { .. }));
    assert!(matches!(refused(&[path("empty")]), GatherError::Nothing));
    assert!(matches!(refused(&[]), GatherError::Nothing));
    assert!(matches!(refused(&[path("")]), GatherError::TooMany(1)));
}
