//! Owns the grammar: from characters to the untyped tree, going on after each problem. Never which fields exist.

use std::ops::Range;

use super::{
    MAX_DEPTH, Problem,
    lex::{EXCERPT, Scanner},
    tree::{Node, NodeKind},
};

/// Reads a whole filter: the parts joined by `AND` at the top, and all problems.
pub(super) fn parse(chars: &[char]) -> (Vec<Node>, Vec<Problem>) {
    let mut parser = Parser { chars, scan: Scanner::new(chars), problems: Vec::new(), too_deep: false };
    let mut nodes = Vec::new();
    loop {
        nodes.extend(parser.conjuncts(0));
        if parser.scan.peek().is_none() {
            break;
        }
        let at = parser.scan.at();
        parser.problem(at..at + 1, "FILTER_SYNTAX", "this parenthesis was not opened");
        parser.scan.step();
    }
    (nodes, parser.problems)
}

/// Cuts the part of a filter that a problem quotes.
pub(super) fn excerpt(chars: &[char], span: &Range<usize>) -> String {
    chars[span.start.min(chars.len())..span.end.min(chars.len())].iter().take(EXCERPT).collect()
}

struct Parser<'a> {
    chars: &'a [char],
    scan: Scanner<'a>,
    problems: Vec<Problem>,
    too_deep: bool,
}

impl Parser<'_> {
    fn problem(&mut self, span: Range<usize>, reason: &'static str, message: impl Into<String>) {
        if self.too_deep {
            return;
        }
        self.problems.push(Problem {
            position: span.start.min(self.chars.len().saturating_sub(1)),
            clause: excerpt(self.chars, &span),
            reason,
            message: message.into(),
        });
    }

    /// Clauses joined by `AND` or by standing side by side, up to the end or a closing parenthesis.
    fn conjuncts(&mut self, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut has_left = false;
        let mut open_and = None;
        loop {
            self.scan.skip_space();
            if matches!(self.scan.peek(), None | Some(')')) {
                break;
            }
            if let Some(at) = self.scan.keyword("AND") {
                if !has_left {
                    self.problem(at..at + 3, "FILTER_SYNTAX", "`AND` has no clause on its left");
                }
                has_left = false;
                open_and = Some(at);
                continue;
            }
            nodes.extend(self.disjunction(depth));
            has_left = true;
            open_and = None;
        }
        if let Some(at) = open_and {
            self.problem(at..at + 3, "FILTER_SYNTAX", "`AND` has no clause on its right");
        }
        nodes
    }

    fn disjunction(&mut self, depth: usize) -> Option<Node> {
        let start = self.scan.at();
        let mut nodes = Vec::new();
        let mut end = start;
        if let Some(at) = self.scan.keyword("OR") {
            self.problem(at..at + 2, "FILTER_SYNTAX", "`OR` has no clause on its left");
            end = at + 2;
        } else {
            nodes.extend(self.term(depth, &mut end));
        }
        loop {
            self.scan.skip_space();
            let Some(at) = self.scan.keyword("OR") else { break };
            self.scan.skip_space();
            if matches!(self.scan.peek(), None | Some(')'))
                || self.scan.sees_keyword("OR")
                || self.scan.sees_keyword("AND")
            {
                self.problem(at..at + 2, "FILTER_SYNTAX", "`OR` has no clause on its right");
                continue;
            }
            nodes.extend(self.term(depth, &mut end));
        }
        join(nodes, start..end, NodeKind::Or)
    }

    fn term(&mut self, depth: usize, end: &mut usize) -> Option<Node> {
        let start = self.scan.at();
        if depth > MAX_DEPTH {
            let message = format!("parentheses and NOT are nested more than {MAX_DEPTH} deep");
            self.problem(start..start + EXCERPT, "FILTER_TOO_DEEP", message);
            self.too_deep = true;
            self.scan.go_to_end();
            return None;
        }
        let negated = if self.scan.keyword("NOT").is_some() {
            true
        } else if self.scan.peek() == Some('-') {
            self.scan.step();
            true
        } else {
            false
        };
        if negated {
            self.scan.skip_space();
            if matches!(self.scan.peek(), None | Some(')')) {
                self.problem(start..start + 3, "FILTER_SYNTAX", "there is no clause to negate");
                return None;
            }
            let part = self.term(depth + 1, end)?;
            return Some(Node { span: start..*end, kind: NodeKind::Not(Box::new(part)) });
        }
        let node = if self.scan.peek() == Some('(') { self.group(depth) } else { self.restriction() };
        *end = self.scan.at();
        node
    }

    fn group(&mut self, depth: usize) -> Option<Node> {
        let start = self.scan.at();
        self.scan.step();
        let problems = self.problems.len();
        let nodes = self.conjuncts(depth + 1);
        if self.scan.peek() == Some(')') {
            self.scan.step();
        } else {
            self.problem(start..start + EXCERPT, "FILTER_SYNTAX", "this parenthesis is not closed");
        }
        if nodes.is_empty() && self.problems.len() == problems {
            self.problem(start..self.scan.at(), "FILTER_SYNTAX", "there is nothing between the parentheses");
        }
        join(nodes, start..self.scan.at(), NodeKind::And)
    }

    fn restriction(&mut self) -> Option<Node> {
        let start = self.scan.at();
        let field = self.scan.field();
        if field.is_empty() {
            if !matches!(self.scan.value(), Ok(Some(_))) && self.scan.at() == start {
                self.scan.step();
            }
            self.problem(start..self.scan.at(), "FILTER_SYNTAX", "a clause begins with a field, as in `tier = MICRO`");
            return None;
        }
        let field_end = self.scan.at();
        let key = self.scan.key();
        self.scan.skip_space();
        let Some(comparator) = self.scan.comparator() else {
            let message = match field.to_ascii_uppercase().as_str() {
                upper @ ("AND" | "OR" | "NOT") => format!("write `{upper}` in upper case"),
                _ => format!(
                    "`{}` stands alone; write a field, a comparator and a value, and put words to look for into `query`",
                    excerpt(self.chars, &(start..field_end)),
                ),
            };
            self.problem(start..field_end, "FILTER_SYNTAX", message);
            return None;
        };
        self.scan.skip_space();
        match self.scan.value() {
            Ok(Some(value)) => {
                let kind = NodeKind::Restriction { field, key, comparator, value };
                Some(Node { span: start..self.scan.at(), kind })
            }
            Ok(None) => {
                if self.scan.peek().is_some_and(|letter| matches!(letter, '=' | '!' | '<' | '>' | ',')) {
                    self.scan.step();
                    let message = "accepted comparators are = != < <= > >= and :, followed by a value";
                    self.scan.skip_space();
                    _ = self.scan.value();
                    self.problem(start..self.scan.at(), "FILTER_SYNTAX", message);
                } else {
                    let message = format!("there is no value after `{}`", comparator.sign());
                    self.problem(start..self.scan.at(), "FILTER_SYNTAX", message);
                }
                None
            }
            Err(message) => {
                self.problem(start..self.scan.at(), "FILTER_SYNTAX", message);
                None
            }
        }
    }
}

fn join(mut nodes: Vec<Node>, span: Range<usize>, kind: fn(Vec<Node>) -> NodeKind) -> Option<Node> {
    if nodes.len() > 1 {
        return Some(Node { span, kind: kind(nodes) });
    }
    let only = nodes.pop()?;
    Some(Node { span, kind: only.kind })
}
