"""Owns the calls to the running metrics service. Never what a number means."""

import tempfile
from pathlib import Path

import grpc
import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

SERVICE = "creatorscope.metrics.v1.MetricsService"
CONTRACTS = Path(__file__).resolve().parents[2] / "proto"
DEADLINE_SECONDS = 120


class Metrics:
    """A client whose messages are made of the contracts in proto/ as they are now."""

    def __init__(self, endpoint):
        """Connects to `host:port`."""
        self.pool = contracts()
        self.channel = grpc.insecure_channel(endpoint)

    def definitions(self):
        """Name (`er.views@1`) to the windows that the definition has, as the service lists them."""
        answer = self.call("ListMetricDefinitions")
        if answer.next_page_token:
            raise RuntimeError("the registry has more than one page")
        windows = self.pool.FindEnumTypeByName("creatorscope.common.v1.Window").values_by_number
        return {
            found.name.removeprefix("metricDefinitions/"): {windows[number].name for number in found.windows}
            for found in answer.metric_definitions
        }

    def values(self, creator, definitions, until):
        """The numbers of a creator as of `until`, in microseconds since 1970 (none: of all).

        Answers with the end of the windows, in microseconds too, and (definition, window) to (value, missing reason, sample
        size); with none and {} when the service does not know the creator.
        """
        windows = self.pool.FindEnumTypeByName("creatorscope.common.v1.Window").values_by_number
        reasons = self.pool.FindEnumTypeByName("creatorscope.common.v1.MissingReason").values_by_number
        asked = {"definitions": sorted(definitions), "windows": [number for number in windows if number > 0]}
        request = {"name": f"creators/{creator}", "selection": asked}
        if until is not None:
            request["as_of"] = self.time(until)
        try:
            metrics = self.call("GetCreatorMetrics", **request).metrics
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None, {}
            raise
        answers = {}
        for found in metrics.values:
            key = (found.definition, windows[found.window].name)
            if key in answers:
                raise RuntimeError(f"{creator}: {key} is answered twice")
            kind = found.WhichOneof("result")
            reason = reasons[found.missing].name.removeprefix("MISSING_REASON_") if kind == "missing" else None
            answers[key] = (found.value if kind == "value" else None, reason, found.sample_size)
        return metrics.as_of.seconds * 1_000_000 + metrics.as_of.nanos // 1_000, answers

    def ingest(self, method, **fields):
        """Sends one message of an ingest stream. Errors: when an item is rejected."""
        send, request = self.method("stream_stream", method)
        for answer in send(iter([request(**fields)]), timeout=DEADLINE_SECONDS):
            if answer.rejections:
                raise RuntimeError(f"{method} rejected {answer.rejections}")

    def call(self, method, **fields):
        """Makes one call; the request is made of keyword arguments."""
        send, request = self.method("unary_unary", method)
        return send(request(**fields), timeout=DEADLINE_SECONDS)

    def method(self, kind, name):
        """A callable and the class of its requests."""
        described = self.pool.FindServiceByName(SERVICE).FindMethodByName(name)
        request, answer = map(message_factory.GetMessageClass, (described.input_type, described.output_type))
        send = getattr(self.channel, kind)(
            f"/{SERVICE}/{name}", request_serializer=request.SerializeToString, response_deserializer=answer.FromString
        )
        return send, request

    @staticmethod
    def time(micros):
        """The fields of a timestamp."""
        return {"seconds": micros // 1_000_000, "nanos": micros % 1_000_000 * 1_000}


def contracts():
    """Compiles the contracts of the metrics service and everything that they import."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "contracts"
        included = Path(grpc_tools.__file__).parent / "_proto"
        code = protoc.main(
            [
                "protoc",
                f"-I{CONTRACTS}",
                f"-I{included}",
                "--include_imports",
                f"--descriptor_set_out={compiled}",
                str(CONTRACTS / "creatorscope/metrics/v1/metrics_service.proto"),
            ]
        )
        if code != 0:
            raise RuntimeError(f"protoc ended with {code}")
        files = descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool
