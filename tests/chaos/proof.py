"""Owns the proof that nothing was lost, doubled or invented: what was acknowledged against what the suite answers. Never load or faults."""

import collections
import shutil
import time

import grpc

from load import DISCOVERY, METRICS, OPTIONS
from suite import Refused

PAGE = 1000


class Reader:
    """Asks with patience: what is asked for here is looked at once the suite is calm."""

    def __init__(self, load):
        self.load = load

    def ask(self, service, name, request, seconds=60):
        """All answers of a method. Errors: Refused."""
        end = time.monotonic() + seconds
        while True:
            try:
                with grpc.insecure_channel("ipv4:" + ",".join(self.load.targets), options=OPTIONS) as channel:
                    call = self.load.methods.call(channel, service, name, request, timeout=60)
                    return list(call) if self.load.methods.found[service, name][0].server_streaming else [call]
            except grpc.RpcError as error:
                if time.monotonic() > end or error.code().name not in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
                    raise Refused(f"{name}: {error.code().name} {error.details()}") from None
            time.sleep(0.5)

    def pages(self, name, request):
        """The answers of a search, page after page."""
        token = ""
        while True:
            answer = self.ask(DISCOVERY, name, request | {"pageSize": PAGE, "pageToken": token})[0]
            yield answer
            if not (token := answer.next_page_token):
                return


def twice(names):
    return [name for name, count in collections.Counter(names).items() if count > 1]


def some(what, items):
    """A complaint about items, or none."""
    return [f"{len(items)} {what}, e.g. {', '.join(map(str, items[:3]))}"] if items else []


def watched(load, seconds=60):
    """Every watcher saw the last value of everything that it watches."""
    end = time.monotonic() + seconds
    while (missing := [f"watcher {place}: {one}" for place, watcher in enumerate(load.open) for one in watcher.missing(load.written)]) and time.monotonic() < end:
        time.sleep(0.5)
    return some("values were not told to watchers", missing) + some("tellings were wrong", [one for watcher in load.open for one in watcher.wrong])


def kept(load):
    """What was observed of posts and creators: each that was acknowledged is there once, with its values, and nothing else is."""
    posts, observations = [], []
    for part in Reader(load).ask(METRICS, "ExportRecords", {}):
        posts += [((record.post.name, record.observe_time.ToJsonString()), record.counts.views) for record in part.posts]
        observations += [((one.subject, one.observe_time.ToJsonString()), one.account.followers) for one in part.observations if one.HasField("account")]
    told = some("answers to writes were wrong", load.written.wrong)
    for what, found, sent in (("posts", posts, load.written.posts), ("observations", observations, load.written.observations)):
        there = dict(found)
        told += some(f"{what} are there twice", twice(key for key, _ in found))
        told += some(f"{what} are lost", [key for key in sent if key not in there])
        told += some(f"{what} are changed", [key for key, value in sent.items() if key in there and there[key] != value])
        told += some(f"{what} are there that nobody sent", [key for key in there if key not in sent])
    return told


def answers(load):
    """What the index says: every creator in an order, words, facets, posts."""
    reader = Reader(load)
    ordered = [answer for answer in reader.pages("SearchCreators", {"orderBy": "followers desc", "facets": ["country", "tier"]})]
    told = {"creators": [(one.name, one.display_name, one.followers) for answer in ordered for one in answer.creators]}
    told["count"], told["facets"] = ordered[0].total_size, [str(facet) for facet in ordered[0].facets]
    words = reader.ask(DISCOVERY, "SearchCreators", {"query": "New", "orderBy": "display_name", "pageSize": 100})[0]
    told["words"] = (words.total_size, [one.name for one in words.creators])
    told["posts"] = [(one.post.name, one.counts.views) for answer in reader.pages("SearchPosts", {"orderBy": "views desc"}) for one in answer.posts]
    return told


def found(load, now):
    """The index has every acknowledged creator and post once, as they were written last."""
    names, there = [name for name, _, _ in now["creators"]], {name: shown for name, shown, _ in now["creators"]}
    sent, posts = load.written, dict(now["posts"])
    told = some("creators are found twice", twice(names)) + some("posts are found twice", twice(name for name, _ in now["posts"]))
    told += some("creators are not found", [name for name in sent.creators if name not in there])
    told += some("creators are found that nobody sent", [name for name in there if name not in sent.creators])
    told += some("creators are found as they were", [name for name, last in sent.last.items() if there.get(name) != last])
    latest = {name: views for (name, _), views in sent.posts.items()}
    told += some("posts are not found as sent", [name for name, views in latest.items() if posts.get(name) != views])
    return told + ([] if now["count"] == len(names) else [f"{now['count']} are counted, {len(names)} are listed"])


def settled(load, seconds=60):
    """The index's answers as soon as they are what they should be, or as they are after a while."""
    end = time.monotonic() + seconds
    while found(load, now := answers(load)) and time.monotonic() < end:
        time.sleep(1)
    return now


def rebuilt(load, cluster):
    """Every replica's index that lived through everything answers as one that is built anew."""
    told, shown, replicas = [], {}, cluster.of("discovery") or cluster.replicas

    def alone(replica):
        for other in replicas:
            if other is not replica and other.runs:
                other.stop()
        if not replica.runs:
            cluster.start(replica)
        return settled(load)

    for replica in replicas:
        shown[replica.name] = alone(replica)
        told += [f"{replica.name}: {one}" for one in found(load, shown[replica.name])]
    last = replicas[-1]
    last.stop()
    for folder in ("discovery-index", "posts-index"):
        shutil.rmtree(last.data / folder)
    fresh = alone(last)
    for name, lived in shown.items():
        told += [f"{name}: {what} differ from an index that was built anew" for what in fresh if lived[what] != fresh[what]]
    for replica in replicas:
        if not replica.runs:
            cluster.start(replica)
    return told


def prove(load, cluster):
    """Ends the load and proves. Answers with what was looked at. Errors: Refused with everything that is wrong."""
    load.stop()
    wrong = watched(load) + kept(load) + rebuilt(load, cluster)
    if wrong:
        raise Refused("\n".join(wrong))
    written, tellings = load.written, sum(one.told for one in load.open)
    return (f"{len(written.creators)} creators, {len(written.posts)} observations of posts and {len(written.observations)} of accounts were acknowledged: each is there once; "
            f"{len(load.open)} watchers were told {tellings} times and each knows the last value of all it watches; "
            f"every index answers as one that was built anew")
