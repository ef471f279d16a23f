"""What a `Summary` proto of ours says."""

from tensorboard.util import tensor_util

from tb_deepdebug.wire import frame, metadata, planes, series


def decoded(summary, kind):
    """`(header, {plane name: Plane}, Series, {tag: number of the Scalars tab})`."""
    ours, vector, *others = summary.value
    contents = [metadata.decode(v.metadata.plugin_data.content) for v in (ours, vector)]
    assert [(c.kind, c.part) for c in contents] == [(kind, "frame"), (kind, "series")]
    blobs = ours.tensor.string_val
    header = frame.decode_header(blobs[0])
    assert header["kind"] == kind and header["name"] == contents[0].name
    found = [
        planes.decode(spec, blob) for spec, blob in zip(header["planes"], blobs[1:], strict=True)
    ]
    numbers = series.decode(kind, tensor_util.make_ndarray(vector.tensor))
    return header, {p.name: p for p in found}, numbers, {v.tag: _number(v) for v in others}


def _number(value):
    assert value.metadata.plugin_data.plugin_name == "scalars"
    return float(tensor_util.make_ndarray(value.tensor))
