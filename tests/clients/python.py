"""What a Python program does with grpcio and reflection; see python.sh."""

import os
from datetime import datetime, timezone

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

SERVICE = "creatorscope.discovery.v1.DiscoveryService"
PATIENCE = 60


def channel(key):
    """A channel whose calls bring the key. gRPC sends credentials over TLS and to the same machine only."""
    ca = os.environ["CA"]
    transport = grpc.ssl_channel_credentials(open(ca, "rb").read()) if ca else grpc.local_channel_credentials()
    if key:
        transport = grpc.composite_channel_credentials(transport, grpc.access_token_call_credentials(key))
    return grpc.secure_channel(os.environ["ADDRESS"], transport)


class Service:
    """Calls methods of a service that is known by its descriptor."""

    def __init__(self, pool, channel):
        self.channel, self.methods = channel, pool.FindServiceByName(SERVICE).methods_by_name

    def call(self, name, request):
        """Answers of a method: one, or an iterator. A list of requests is a stream."""
        method = self.methods[name]
        kind = message_factory.GetMessageClass(method.input_type)
        parse = message_factory.GetMessageClass(method.output_type).FromString
        stub = getattr(self.channel, f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}")
        send = stub(f"/{SERVICE}/{name}", request_serializer=kind.SerializeToString, response_deserializer=parse)
        messages = iter([json_format.ParseDict(one, kind()) for one in request]) if isinstance(request, list) else json_format.ParseDict(request, kind())
        return send(messages, timeout=PATIENCE)

    def refusal(self, name, request):
        try:
            self.call(name, request)
        except grpc.RpcError as error:
            return error
        raise AssertionError(f"{name} was answered")


def detail(error, kind):
    found = kind()
    assert any(one.Unpack(found) for one in rpc_status.from_call(error).details), error
    return found


def profile(name, display_name):
    now = datetime.now(timezone.utc).isoformat()
    return {"creators": [{"name": name, "displayName": display_name, "languages": ["de"], "source": "SOURCE_GIVEN", "observeTime": now}]}


def main():
    own = channel(os.environ["KEY"])
    reflection = ProtoReflectionDescriptorDatabase(own)
    assert SERVICE in reflection.get_services(), reflection.get_services()
    pool = DescriptorPool(reflection)
    discovery = Service(pool, own)
    print("ok: reflection")

    name = f"creators/tiktok:python-{os.getpid()}"
    answers = list(discovery.call("IngestCreators", [profile(name, "First"), profile(name, "Second")]))
    assert [answer.sequence for answer in answers] == [1, 2], answers
    print("ok: a stream of the client")

    creator = discovery.call("GetCreator", {"name": name}).creator
    assert (creator.display_name, list(creator.languages)) == ("Second", ["de"]), creator
    assert not creator.HasField("followers"), creator
    print("ok: unary")

    watch = discovery.call("WatchCreators", {"creators": [name]})
    assert next(watch).creator.display_name == "Second"
    assert next(watch).snapshot_end.creator_count == 1
    list(discovery.call("IngestCreators", [profile(name, "Third")]))
    changed = next(one for one in watch if one.HasField("creator"))
    assert changed.creator.display_name == "Third", changed
    watch.cancel()
    print("ok: a stream of the server delivers the change")

    missing = discovery.refusal("GetCreator", {"name": "creators/tiktok:nobody"})
    assert missing.code() == grpc.StatusCode.NOT_FOUND, missing
    assert detail(missing, error_details_pb2.ErrorInfo).reason == "CREATOR_NOT_FOUND"
    wrong = discovery.refusal("SearchCreators", {"pageSize": -1})
    assert detail(wrong, error_details_pb2.BadRequest).field_violations[0].field == "page_size"
    print("ok: details of errors")

    if os.environ["BAD_KEY"]:
        for key, code in (("BAD_KEY", "UNAUTHENTICATED"), ("READ_KEY", "PERMISSION_DENIED")):
            refusal = Service(pool, channel(os.environ[key])).refusal("SearchCreators", {})
            assert refusal.code().name == code, refusal
        assert Service(pool, channel("")).refusal("SearchCreators", {}).code().name == "UNAUTHENTICATED"
        print("ok: keys that do not do")


main()
