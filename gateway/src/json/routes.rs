//! Owns which method a verb and a path stand for. Never a call.

use std::{collections::BTreeSet, sync::Arc};

use creatorscope_kit::role::BoxError;
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor};

use super::{
    refusal::Refusal,
    template::{Path, Template},
};
use crate::policy::{Binding, Method};

/// What the body of a request holds.
#[derive(Debug, Clone)]
pub(crate) enum Holds {
    /// Nothing; there is no body.
    Nothing,
    /// The whole request, but for what the path names.
    Request,
    /// One field of it.
    Field(FieldDescriptor),
}

/// One way to reach a method.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Arc<Method>,
    pub(crate) verb: http::Method,
    template: Template,
    pub(crate) body: Holds,
    /// The response field that is answered; none for the whole response.
    pub(crate) answer: Option<FieldDescriptor>,
}

impl Route {
    fn new(method: &Arc<Method>, binding: &Binding) -> Result<Self, String> {
        let template = Template::parse(&binding.path)?;
        let input = method.descriptor.input();
        for variable in &template.variables {
            if !is_single(&input, &variable.field) {
                return Err(format!("`{}` in {} is no single value of the request", variable.field, binding.path));
            }
        }
        let unknown = |name: &str| format!("{} names a field `{name}` that is not there", binding.path);
        let body = match binding.body.as_str() {
            "" => Holds::Nothing,
            "*" => Holds::Request,
            name => Holds::Field(input.get_field_by_name(name).ok_or_else(|| unknown(name))?),
        };
        let answer = match binding.response_body.as_str() {
            "" => None,
            name => Some(method.descriptor.output().get_field_by_name(name).ok_or_else(|| unknown(name))?),
        };
        let whole = matches!(body, Holds::Request) && template.variables.is_empty();
        if method.descriptor.is_client_streaming() && !whole {
            return Err(format!("{} takes a stream and must have body \"*\" and no variables", binding.path));
        }
        Ok(Self { method: Arc::clone(method), verb: binding.verb.clone(), template, body, answer })
    }
}

/// Whether a dotted name leads to one scalar of the message.
fn is_single(message: &MessageDescriptor, name: &str) -> bool {
    let (step, deeper) = name.split_once('.').map_or((name, None), |(step, deeper)| (step, Some(deeper)));
    let Some(field) = message.get_field_by_name(step).filter(|field| field.cardinality() != Cardinality::Repeated)
    else {
        return false;
    };
    match (deeper, field.kind()) {
        (None, Kind::Message(_)) => false,
        (None, _) => true,
        (Some(deeper), Kind::Message(inner)) => is_single(&inner, deeper),
        (Some(_), _) => false,
    }
}

/// A route with what the path says.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) route: &'a Route,
    /// Dotted names of fields with their values.
    pub(crate) values: Vec<(&'a str, String)>,
}

/// All routes, in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct Routes(Vec<Route>);

impl Routes {
    /// The routes of these methods. Errors: every rule that cannot be read and every two that let the same paths through.
    pub(crate) fn new(methods: &[Arc<Method>]) -> Result<Self, BoxError> {
        let (mut routes, mut wrong) = (Vec::new(), Vec::new());
        for method in methods {
            for binding in &method.bindings {
                match Route::new(method, binding) {
                    Ok(route) => routes.push(route),
                    Err(problem) => wrong.push(format!("{}: {problem}", method.path)),
                }
            }
        }
        routes.sort_by(|a, b| a.template.precedence(&b.template).then_with(|| a.verb.as_str().cmp(b.verb.as_str())));
        for pair in routes.windows(2) {
            if pair[0].verb == pair[1].verb && pair[0].template.precedence(&pair[1].template).is_eq() {
                let (one, other) = (&pair[0].method.path, &pair[1].method.path);
                wrong.push(format!("{one} and {other} are reached by the same {} path", pair[0].verb));
            }
        }
        if wrong.is_empty() { Ok(Self(routes)) } else { Err(wrong.join("; ").into()) }
    }

    /// The route of a request. Errors: a path that leads nowhere, an unknown path, a verb that is not the path's.
    pub(crate) fn find<'a>(&'a self, verb: &http::Method, path: &str) -> Result<Found<'a>, Refusal> {
        let read = Path::read(path).map_err(|problem| Refusal::bad("BAD_PATH", format!("the path {problem}")))?;
        let mut allowed = BTreeSet::new();
        for route in &self.0 {
            if let Some(values) = route.template.bind(&read) {
                if route.verb == *verb {
                    let values = values.into_iter().map(|(variable, value)| (variable.field.as_str(), value)).collect();
                    return Ok(Found { route, values });
                }
                allowed.insert(route.verb.as_str());
            }
        }
        if !allowed.is_empty() {
            return Err(Refusal::wrong_verb(verb, &allowed.into_iter().collect::<Vec<_>>()));
        }
        if read.has_encoded_slash() {
            return Err(Refusal::bad("BAD_PATH", "the path has an encoded slash inside a segment"));
        }
        Err(Refusal::no_path(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    fn methods() -> Vec<Arc<Method>> {
        let services: Vec<String> =
            creatorscope_proto::pool().services().map(|service| service.full_name().to_owned()).collect();
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        policy::read(creatorscope_proto::pool(), &services).expect("all can be exposed")
    }

    #[test]
    fn every_method_is_found_by_a_path_made_of_its_template() {
        let methods = methods();
        let routes = Routes::new(&methods).expect("no two are alike");
        for method in &methods {
            let binding = &method.bindings[0];
            let mut path = String::new();
            let mut rest = binding.path.as_str();
            while let Some((before, after)) = rest.split_once('{') {
                let (variable, behind) = after.split_once('}').expect("it closes");
                let pattern = variable.split_once('=').map_or("*", |(_, pattern)| pattern);
                path.push_str(before);
                path.push_str(&pattern.replace('*', "tiktok:x"));
                rest = behind;
            }
            path.push_str(rest);
            let found = routes.find(&binding.verb, &path).expect("it is reached");
            assert_eq!(found.route.method.path, method.path, "{path}");
            let wrong = routes.find(&http::Method::OPTIONS, &path).expect_err("no method has this verb");
            assert_eq!(wrong.into_answer("").0, 405);
        }
    }

    #[test]
    fn a_colon_in_a_name_is_no_verb() {
        let methods = methods();
        let routes = Routes::new(&methods).expect("no two are alike");
        let find = |path: &str| {
            let found = routes.find(&http::Method::GET, path).expect("it is reached");
            (found.route.method.descriptor.name().to_owned(), found.values[0].1.clone())
        };
        assert_eq!(find("/v1/creators/youtube:UC-1:x"), ("GetCreator".into(), "creators/youtube:UC-1:x".into()));
        assert_eq!(
            find("/v1/creators/youtube:UC1:findSimilar"),
            ("FindSimilarCreators".into(), "creators/youtube:UC1".into())
        );
        assert_eq!(
            find("/v1/creators/youtube:UC1%3AfindSimilar"),
            ("GetCreator".into(), "creators/youtube:UC1:findSimilar".into())
        );
    }

    #[test]
    fn rules_that_cannot_work_stop_the_start() {
        let broken = |change: fn(&mut Binding)| {
            let mut all = methods();
            change(&mut Arc::make_mut(&mut all[1]).bindings[0]);
            Routes::new(&all).expect_err("it is wrong").to_string()
        };
        assert!(broken(|binding| binding.path = "/v1/{nome=creators/*}".into()).contains("`nome`"));
        assert!(broken(|binding| binding.path = "v1".into()).contains("does not begin with a slash"));
        assert!(broken(|binding| binding.body = "nobody".into()).contains("`nobody`"));
        let mut twice = methods();
        let place = |name: &str| methods().iter().position(|method| method.path.ends_with(name)).expect("it is there");
        let alike = twice[place("/SearchCreators")].bindings.clone();
        Arc::make_mut(&mut twice[place("/SearchPosts")]).bindings = alike;
        assert!(Routes::new(&twice).expect_err("alike").to_string().contains("by the same"));
    }
}
