//! No two files of a crate import each other, directly or around a circle.
//!
//! The rule. A file imports another one when its code names something that is defined there: in a `use`, or in a path
//! such as `crate::a::b`, `super::c` or `module::d`. A name that a file only passes on is followed to the file that
//! defines it, so files that declare modules and pass on names (`lib.rs`, `mod.rs`) neither hide a circle nor close one:
//! `mod x;` is not an import, and `pub use` is one only where the file uses the name itself. A `*` imports the file that it
//! names. Code under `#[cfg(test)]` and files `…tests.rs` do not count, and neither does a method that is called without
//! naming its type.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{files, root, shown};

/// A word or a sign of Rust; texts, lifetimes and comments are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
}

impl Token {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Sign(_) => None,
        }
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Sign(sign) => text.len() == 1 && text.starts_with(*sign),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let at = |place: usize| text.get(place).copied().unwrap_or('\0');
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let (mut found, mut place) = (Vec::new(), 0);
    while place < text.len() {
        let sign = at(place);
        let begin = place;
        match sign {
            '/' if at(place + 1) == '/' => {
                place += text[place..].iter().take_while(|sign| **sign != '\n').count()
            }
            '/' if at(place + 1) == '*' => place = behind(&text, place + 2, &['*', '/']),
            '"' => place = behind_text(&text, place + 1),
            'r' | 'b' if raw_text(&text, place).is_some() => place = raw_text(&text, place).unwrap(),
            // A character ends after one sign or an escape; anything else is a lifetime.
            '\'' if at(place + 1) == '\\' => place = behind(&text, place + 3, &['\'']),
            '\'' if at(place + 2) == '\'' => place += 3,
            '\'' => place += 1 + text[place + 1..].iter().take_while(|sign| is_word(**sign)).count(),
            _ if is_word(sign) => {
                place += text[place..].iter().take_while(|sign| is_word(**sign)).count();
                found.push(Token::Word(text[begin..place].iter().collect()));
            }
            _ => {
                if !sign.is_whitespace() {
                    found.push(Token::Sign(sign));
                }
                place += 1;
            }
        }
    }
    found
}

fn behind(text: &[char], from: usize, end: &[char]) -> usize {
    let found = text.get(from..).unwrap_or_default().windows(end.len()).position(|window| window == end);
    found.map_or(text.len(), |found| from + found + end.len())
}

fn behind_text(text: &[char], mut place: usize) -> usize {
    while place < text.len() && text[place] != '"' {
        place += if text[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

/// Where a raw text, or a text of bytes, that begins here ends.
fn raw_text(text: &[char], mut place: usize) -> Option<usize> {
    place += usize::from(text[place] == 'b');
    let is_raw = text.get(place) == Some(&'r');
    place += usize::from(is_raw);
    let hashes = text.get(place..)?.iter().take_while(|sign| **sign == '#').count();
    if text.get(place + hashes) != Some(&'"') || (hashes > 0 && !is_raw) {
        return None;
    }
    let end: Vec<char> = ['"'].into_iter().chain(vec!['#'; hashes]).collect();
    let begin = place + hashes + 1;
    Some(if is_raw { behind(text, begin, &end) } else { behind_text(text, begin) })
}

/// The same without what follows `#[cfg(test)]`, and the modules in files of their own that are declared so.
fn without_tests(tokens: Vec<Token>) -> (Vec<Token>, Vec<String>) {
    let marks = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut code, mut modules, mut place) = (Vec::new(), Vec::new(), 0);
    while place < tokens.len() {
        let rest = &tokens[place..];
        let is_test = rest.len() >= marks.len() && marks.iter().zip(rest).all(|(mark, token)| token.is(mark));
        if !is_test {
            code.push(tokens[place].clone());
            place += 1;
            continue;
        }
        place += marks.len();
        let item = &tokens[place..];
        if let [Token::Word(keyword), Token::Word(name), Token::Sign(';'), ..] = item
            && keyword == "mod"
        {
            modules.push(name.clone());
        }
        place += item_len(item);
    }
    (code, modules)
}

/// How many tokens an item, a statement, a field or an arm has.
fn item_len(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (nth, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            // The end of what it is in.
            Token::Sign(')' | ']' | '}') if depth == 0 => return nth,
            Token::Sign(')' | ']') => depth -= 1,
            Token::Sign('}') => {
                depth -= 1;
                if depth == 0 {
                    return nth + 1;
                }
            }
            Token::Sign(';' | ',') if depth == 0 => return nth + 1,
            Token::Sign(_) | Token::Word(_) => {}
        }
    }
    tokens.len()
}

/// A name that a `use` brings into a file.
#[derive(Debug, Clone)]
struct Import {
    path: Vec<String>,
    name: String,
    is_passed_on: bool,
}

/// A file of a crate, as far as the rule looks at it.
#[derive(Debug, Default)]
struct Source {
    module: Vec<String>,
    /// What it defines.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths of at least two parts in its code.
    paths: BTreeSet<Vec<String>>,
    /// All words of its code but those of its `use`s.
    words: BTreeSet<String>,
}

impl Source {
    fn read(module: Vec<String>, code: &[Token]) -> Self {
        let mut source = Self { module, ..Self::default() };
        let mut place = 0;
        while place < code.len() {
            if code[place].is("use") {
                let before = code[..place].last();
                let is_passed_on = before.is_some_and(|token| token.is("pub") || token.is(")"));
                place += 1;
                source.take_use(code, &mut place, &[], is_passed_on);
            } else {
                place += source.take_code(&code[place..]);
            }
        }
        source
    }

    fn take_use(&mut self, code: &[Token], place: &mut usize, before: &[String], is_passed_on: bool) {
        let mut path = before.to_vec();
        let mut name = None;
        while let Some(token) = code.get(*place) {
            *place += 1;
            match token {
                Token::Sign('{') => {
                    while !code.get(*place).is_none_or(|token| token.is("}")) {
                        self.take_use(code, place, &path, is_passed_on);
                    }
                    *place += 1;
                    // What follows ends this tree.
                    *place += usize::from(code.get(*place).is_some_and(|token| token.is(",")));
                    return;
                }
                Token::Sign('}') => {
                    *place -= 1;
                    break;
                }
                Token::Sign(',' | ';') => break,
                Token::Sign('*') => path.push("*".to_owned()),
                Token::Sign(_) => {}
                Token::Word(word) if word == "as" => name = code.get(*place).and_then(Token::word),
                Token::Word(word) if name == Some(word) => {}
                Token::Word(word) => path.push(word.clone()),
            }
        }
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name = name.or(path.last().map(String::as_str)).map(str::to_owned);
        self.imports.extend(name.map(|name| Import { path, name, is_passed_on }));
    }

    /// Takes a path, or one token; how many that were.
    fn take_code(&mut self, code: &[Token]) -> usize {
        let Some(first) = code[0].word() else { return 1 };
        let second = code.get(1);
        let defines = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod", "union"];
        if defines.contains(&first)
            && let Some(name) = second.and_then(Token::word)
        {
            self.items.insert(name.to_owned());
            return if name == "fn" || name == "mut" { 1 } else { 2 };
        }
        if first == "macro_rules"
            && let Some(name) = code.get(2).and_then(Token::word)
        {
            self.items.insert(name.to_owned());
        }
        let mut path = vec![first.to_owned()];
        while let [Token::Sign(':'), Token::Sign(':'), Token::Word(word), ..] = &code[path.len() * 3 - 2..] {
            path.push(word.clone());
        }
        let len = path.len() * 3 - 2;
        self.words.insert(first.to_owned());
        if path.len() > 1 {
            self.paths.insert(path);
        }
        len
    }
}

/// The files of a crate by their names below `src`.
struct Crate(BTreeMap<String, Source>);

impl Crate {
    fn read(src: &Path) -> Self {
        let in_src = |path: &PathBuf| path.strip_prefix(src).ok().map(|path| path.display().to_string());
        let text = |path: PathBuf| in_src(&path).map(|name| (name, fs::read_to_string(path).unwrap()));
        Self::of(files(&[".rs"]).into_iter().filter_map(text))
    }

    /// From the names of its files and their texts.
    fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut sources, mut tests) = (BTreeMap::new(), Vec::new());
        for (name, text) in files {
            let module = module(&name);
            let (code, of_tests) = without_tests(tokens(&text));
            tests.extend(of_tests.into_iter().map(|name| [module.as_slice(), &[name]].concat()));
            sources.insert(name, Source::read(module, &code));
        }
        sources.retain(|name, source: &mut Source| {
            !name.ends_with("tests.rs") && !tests.iter().any(|test| source.module.starts_with(test))
        });
        Self(sources)
    }

    fn file_of(&self, module: &[String]) -> Option<&str> {
        self.0.iter().find(|(_, source)| source.module == module).map(|(name, _)| name.as_str())
    }

    /// The file that defines what a path means in a file; `None` for a module, and for what is not of this crate.
    fn defines(&self, file: &str, path: &[String], depth: usize) -> Option<&str> {
        let source = self.0.get(file)?;
        let (first, rest) = path.split_first()?;
        // Files that pass a name on to each other would be followed for ever.
        let depth = depth.checked_sub(1)?;
        match first.as_str() {
            "crate" => self.within(&[], rest, depth),
            "self" => self.within(&source.module, rest, depth),
            "super" => self.within(&source.module[..source.module.len().checked_sub(1)?], rest, depth),
            _ => {
                let child = [source.module.as_slice(), &path[..1]].concat();
                if self.file_of(&child).is_some() {
                    return self.within(&child, rest, depth);
                }
                let import =
                    source.imports.iter().find(|import| import.name == *first && import.path[0] != *first)?;
                self.defines(file, &[&import.path, rest].concat(), depth)
            }
        }
    }

    fn within(&self, module: &[String], path: &[String], depth: usize) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        if first == "super" {
            return self.within(&module[..module.len().checked_sub(1)?], rest, depth);
        }
        let child = [module, &path[..1]].concat();
        if self.file_of(&child).is_some() {
            return self.within(&child, rest, depth);
        }
        let file = self.file_of(module)?;
        let source = &self.0[file];
        if first == "*" || source.items.contains(first) {
            return Some(file);
        }
        if let Some(import) = source.imports.iter().find(|import| import.name == *first) {
            return self.defines(file, &import.path, depth);
        }
        let all = source.imports.iter().filter(|import| import.name == "*" && import.is_passed_on);
        let mut passed_on = all.filter_map(|import| {
            let path = [&import.path[..import.path.len() - 1], &path[..1]].concat();
            self.defines(file, &path, depth)
        });
        Some(passed_on.find(|found| self.0[*found].items.contains(first)).unwrap_or(file))
    }

    /// For each file those that it imports, each with one of the names.
    fn edges(&self) -> BTreeMap<&str, BTreeMap<&str, String>> {
        let mut edges: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for (file, source) in &self.0 {
            let uses = |import: &&Import| !import.is_passed_on || source.words.contains(&import.name);
            let imported = source.imports.iter().filter(uses).map(|import| &import.path);
            let edges = edges.entry(file).or_default();
            for path in imported.chain(&source.paths) {
                if let Some(target) = self.defines(file, path, 16).filter(|target| target != file) {
                    edges.entry(target).or_insert_with(|| path.join("::"));
                }
            }
        }
        edges
    }

    /// The shortest circle through each file that is in one, each circle once, with the names that close it.
    fn circles(&self) -> BTreeMap<BTreeSet<&str>, String> {
        let edges = self.edges();
        let mut circles = BTreeMap::new();
        for start in edges.keys() {
            let Some(circle) = way_back(&edges, start) else { continue };
            let mut said = String::new();
            for (nth, file) in circle.iter().enumerate() {
                let next = circle.get(nth + 1).unwrap_or(&circle[0]);
                write!(said, "{file} imports `{}` of {next}; ", edges[file][next]).unwrap();
            }
            circles.insert(circle.into_iter().collect(), said.trim_end_matches("; ").to_owned());
        }
        circles
    }
}

/// The module that a file is, by its name below `src`.
fn module(name: &str) -> Vec<String> {
    let mut parts: Vec<_> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let is_root = parts.len() == 1 && (parts[0] == "lib" || parts[0] == "main");
    if is_root || parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn way_back<'a>(
    edges: &BTreeMap<&'a str, BTreeMap<&'a str, String>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let (mut before, mut queue) = (BTreeMap::new(), VecDeque::from([start]));
    while let Some(file) = queue.pop_front() {
        for next in edges.get(file)?.keys() {
            if *next == start {
                let back = std::iter::successors(Some(file), |file| before.get(file).copied());
                let mut circle: Vec<_> = back.collect();
                circle.reverse();
                return Some(circle);
            }
            if !before.contains_key(next) {
                before.insert(*next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let mut wrong = Vec::new();
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    for folder in crates.chain([root().join("tests")]) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let found = Crate::read(&folder.join("src"));
        assert!(!found.0.is_empty(), "{name} has no files");
        let folder = shown(&folder.join("src"));
        wrong.extend(found.circles().values().map(|circle| format!("{folder}: {circle}")));
    }
    assert!(wrong.is_empty(), "move what both need into a file below them:\n{}", wrong.join("\n"));
}

/// The rule on a crate that shows what counts and what does not.
#[test]
fn a_circle_is_found_behind_names_that_are_passed_on() {
    let circles = |a: &str| {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::{c::C as Renamed, *};"),
            ("a.rs", a),
            ("b/mod.rs", "mod c; pub use c::*;"),
            ("b/c.rs", "use super::super::A; pub struct C(A);"),
        ];
        let found = Crate::of(files.map(|(name, text)| (name.to_owned(), text.to_owned())));
        found.circles().into_values().collect::<Vec<_>>()
    };
    let without = "pub struct A; // use crate::b::c::C;\nconst TEXT: &str = \"crate::b::c::C\";";
    assert_eq!(circles(without), [""; 0]);
    let imports = [
        "use crate::Renamed; pub struct A;",
        "pub struct A; fn f() { crate::b::C }",
        "use crate::b; pub struct A; fn f<'a>(x: &'a b::C) -> char { 'x' }",
        "use crate::{b::{c as d, self}}; pub struct A; fn f() { let _ = [r#\"a\"b\"#, d::C] }",
    ];
    for import in imports {
        let found = circles(import);
        assert!(
            matches!(&*found, [circle] if circle.contains("a.rs") && circle.contains("b/c.rs")),
            "{found:?} in {import}"
        );
        let found = circles(&format!("pub struct A; #[cfg(test)] mod tests {{ {import} }}"));
        assert_eq!(found, [""; 0], "{import}");
    }
}
