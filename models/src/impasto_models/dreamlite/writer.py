"""Writes one ONNX graph node by node, its weights streamed into a file beside it as they are asked for.

Nothing is traced, so no network is ever whole in memory: the peak is the largest single tensor.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor

from impasto_models.dreamlite.float8 import DTYPE, Bound, quantized, scale_of
from impasto_models.dreamlite.weights import Weights

OPSET = 19
IR_VERSION = 10
INLINE_BYTES = 1024
"""Tensors below this size lie in the graph itself, as shape inference needs the values of some."""
ALIGNMENT = 4096

PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
_ELEMENTS = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "bfloat16": TensorProto.BFLOAT16,
    "float8": TensorProto.FLOAT8E4M3FN,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
    "bool": TensorProto.BOOL,
}
_DTYPES = PRECISIONS | {"float8": DTYPE, "int64": torch.int64}
_TORCH_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


class WeightFile:
    """External data of one or more graphs; equal tensors lie in it once."""

    def __init__(self, file: Path):
        self.file = file
        self._out = file.open("wb")
        self._hash = hashlib.sha256()
        self._offsets: dict[bytes, int] = {}

    def place(self, raw: np.ndarray) -> int:
        """The offset at which these bytes lie, written now unless they are there."""
        digest = hashlib.sha256(raw).digest()
        if digest not in self._offsets:
            padding = bytes(-self._out.tell() % ALIGNMENT)
            self._offsets[digest] = self._out.tell() + len(padding)
            for part in (padding, raw):
                self._out.write(part)
                self._hash.update(part)
        return self._offsets[digest]

    def close(self) -> list[dict]:
        """What the manifest says of the file; an empty one is removed."""
        self._out.close()
        if self._offsets:
            return [{"file": self.file.name, "sha256": self._hash.hexdigest()}]
        self.file.unlink(missing_ok=True)
        return []


class GraphWriter:
    """One graph in the making. Values are names; every floating-point value has the graph's precision unless it was cast.

    With ``data``, the file of another writer, the graph's weights lie in that; all graphs are emitted before the first is finished.
    With ``float8``, linear layers multiply in float8 wherever it is known how large their input gets (`bounds`, by value).
    """

    def __init__(self, name: str, precision: str, weights: Weights, folder: Path, data: WeightFile | None = None, *, float8: bool = False):
        self.name = name
        self.precision = precision
        self.weights = weights
        self.float8 = float8
        self.bounds: dict[str, Bound] = {}
        self._folder = folder
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._constants: dict[bytes, str] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._types: dict[str, str] = {}
        self._count = 0
        self.data = data or WeightFile(folder / f"{name}.data")

    @property
    def file(self) -> str:
        return f"{self.name}.onnx"

    def input(self, name: str, element: str, shape: Sequence[str | int]) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, _ELEMENTS[element], list(shape)))
        self._types[name] = element
        return name

    def output(self, value: str, name: str, element: str, shape: Sequence[str | int]) -> None:
        """Declares ``value``, cast to ``element``, as the graph's output ``name``.

        A uint8 output comes straight out of its Cast, as TensorRT wants it.
        """
        if self._types[value] == element:
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        else:
            self._nodes.append(helper.make_node("Cast", [value], [name], to=_ELEMENTS[element]))
        self._outputs.append(helper.make_tensor_value_info(name, _ELEMENTS[element], list(shape)))

    def type_of(self, value: str) -> str:
        return self._types[value]

    def op(self, kind: str, *inputs: str, element: str | None = None, outputs: int = 1, **attributes) -> str | list[str]:
        """Appends a node; its outputs have the element type of its first input unless ``element`` says otherwise."""
        self._count += 1
        names = [f"{kind.lower()}_{self._count}" + (f"_{index}" if outputs > 1 else "") for index in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=f"{kind}_{self._count}", **attributes))
        for name in names:
            self._types[name] = element or self._types[inputs[0]]
        return names if outputs > 1 else names[0]

    def constant(self, values, element: str | None = None) -> str:
        """A constant of the graph's precision, or int64 for whole numbers; equal constants are one."""
        tensor = values if isinstance(values, Tensor) else torch.as_tensor(values)
        if element is None:
            element = "int64" if tensor.dtype == torch.int64 else self.precision
        tensor = tensor.to(_DTYPES[element]).contiguous()
        digest = hashlib.sha256(f"{element}{tuple(tensor.shape)}".encode() + _bytes(tensor).tobytes()).digest()
        if digest not in self._constants:
            self._constants[digest] = self.store(f"constant_{len(self._constants)}", tensor, element)
        return self._constants[digest]

    def weight(self, key: str, *, element: str | None = None) -> str:
        return key if key in self._initializers else self.store(key, self.weights.tensor(key), element)

    def store(self, name: str, tensor: Tensor, element: str | None = None) -> str:
        """Writes a tensor under ``name``; floating-point ones in the graph's precision unless ``element`` is given."""
        if name in self._initializers:
            return name
        element = element or (self.precision if tensor.is_floating_point() else _TORCH_NAMES[tensor.dtype])
        finite = tensor.is_floating_point() and element == "float16"
        converted = tensor.detach().to(_DTYPES[element]).contiguous()
        if finite and not bool(torch.isfinite(converted).all()):
            raise ValueError(f"{name} does not fit into float16, largest value {float(tensor.abs().max()):.3g}: choose bfloat16 or float32")
        raw = _bytes(converted)
        proto = TensorProto(name=name, data_type=_ELEMENTS[element], dims=list(tensor.shape))
        if len(raw) < INLINE_BYTES:
            proto.raw_data = raw.tobytes()
        else:
            self._append(proto, raw)
        self._initializers[name] = proto
        self._types[name] = element
        return name

    def _append(self, proto: TensorProto, raw: np.ndarray) -> None:
        proto.data_location = TensorProto.EXTERNAL
        for key, value in (("location", self.data.file.name), ("offset", self.data.place(raw)), ("length", len(raw))):
            proto.external_data.add(key=key, value=str(value))

    def cast(self, value: str, element: str) -> str:
        if self._types[value] == element:
            return value
        return self.op("Cast", value, to=_ELEMENTS[element], element=element)

    def matmul(self, left: str, right: str) -> str:
        return self.op("MatMul", left, right)

    def linear(self, value: str, key: str, bias: bool = True) -> str:
        """``value`` @ weight.T + bias of the linear layer ``key``."""
        tensors = (self.weights.tensor(f"{key}.{part}") for part in (("weight", "bias") if bias else ("weight",)))
        return self.product(value, key, *tensors)

    def product(self, value: str, name: str, weight: Tensor, bias: Tensor | None = None) -> str:
        """``value`` [..., I] @ weight.T + bias, weight [O, I], bias [O]; stored under ``name``."""
        bound = self.bounds.get(value)
        if bound is None:
            y = self.matmul(value, self.store(f"{name}.weight.T", weight.T))
        else:
            y = self._float8_product(value, bound, f"{name}.weight", weight)
        if bias is not None:
            y = self.op("Add", y, self.store(f"{name}.bias", bias))
        return self.bound(y, bound and bound.through(weight, bias))

    def bound(self, value: str, bound: Bound | None) -> str:
        """Notes how large ``value`` gets, if it is known and of use."""
        if self.float8 and bound is not None:
            self.bounds[value] = bound
        return value

    def normalised(self, value: str, gain: str, *shift: str) -> str:
        """Notes that ``value`` is just normalised over its channels, with weights of these keys."""
        return self.bound(value, Bound.of_normalised(*map(self.weights.tensor, (gain, *shift))) if self.float8 else None)

    def no_larger(self, value: str, than: str) -> str:
        """Notes that ``value`` is no larger than another."""
        return self.bound(value, self.bounds.get(than))

    def gated(self, product: str, value: str, gate: str) -> str:
        """Notes that ``product`` is ``value`` times what SiLU or GELU made of ``gate``, which is no larger than that."""
        bounds = [self.bounds.get(part) for part in (value, gate)]
        return self.bound(product, bounds[0].times(bounds[1]) if all(bounds) else None)

    def _float8_product(self, value: str, bound: Bound, name: str, weight: Tensor) -> str:
        """Both sides to float8 and back: a compiler that knows float8 multiplies before it goes back."""
        zero = self.store("float8.zero", torch.zeros(()), "float8")
        left_scale, right_scale = self.constant(bound.scale), self.constant(scale := scale_of(weight))
        left = self.op("QuantizeLinear", value, left_scale, zero, element="float8")
        left = self.op("DequantizeLinear", left, left_scale, zero, element=self.precision)
        stored = self.store(f"{name}.float8", quantized(weight, scale), "float8")
        right = self.op("DequantizeLinear", stored, right_scale, zero, element=self.precision)
        return self.matmul(left, self.transpose(right, 1, 0))

    def reshape(self, value: str, *shape: int) -> str:
        """0 keeps a dimension, -1 is whatever remains."""
        return self.op("Reshape", value, self.constant(torch.tensor(shape)))

    def transpose(self, value: str, *order: int) -> str:
        return self.op("Transpose", value, perm=list(order))

    def slice(self, value: str, axis: int, start: int, end: int) -> str:
        bounds = (self.constant(torch.tensor([bound])) for bound in (start, end, axis))
        return self.op("Slice", value, *bounds)

    def split(self, value: str, axis: int, sizes: Sequence[int]) -> list[str]:
        if len(sizes) == 1:
            return [value]
        parts = self.op("Split", value, self.constant(torch.tensor(list(sizes))), outputs=len(sizes), axis=axis)
        if value in self.bounds and axis == 2:
            for part, size, start in zip(parts, sizes, itertools.accumulate(sizes, initial=0), strict=False):
                self.bound(part, self.bounds[value].part(start, size))
        return parts

    def concat(self, *values: str, axis: int) -> str:
        return self.op("Concat", *values, axis=axis)

    def pad(self, value: str, *widths: int) -> str:
        """Zeros at the start of every axis, then at the end of every axis, as ONNX counts them."""
        return self.op("Pad", value, self.constant(torch.tensor(widths)), mode="constant")

    def silu(self, value: str) -> str:
        return self.op("Mul", value, self.op("Sigmoid", value))

    def gelu(self, value: str) -> str:
        """The exact GELU in the form that compilers recognise."""
        erf = self.op("Erf", self.op("Div", value, self.constant(2.0**0.5)))
        return self.op("Mul", self.op("Mul", value, self.op("Add", erf, self.constant(1.0))), self.constant(0.5))

    def gelu_tanh(self, value: str) -> str:
        cubed = self.op("Mul", self.op("Mul", value, value), value)
        inner = self.op("Add", value, self.op("Mul", cubed, self.constant(0.044715)))
        tanh = self.op("Tanh", self.op("Mul", inner, self.constant((2.0 / np.pi) ** 0.5)))
        return self.op("Mul", self.op("Mul", value, self.op("Add", tanh, self.constant(1.0))), self.constant(0.5))

    def layer_norm(self, value: str, key: str, epsilon: float) -> str:
        weights = self.weight(f"{key}.weight"), self.weight(f"{key}.bias")
        return self.normalised(self.op("LayerNormalization", value, *weights, axis=-1, epsilon=epsilon), *weights)

    def reduce_mean(self, value: str, *axes: int) -> str:
        """The mean over ``axes``, which stay with length 1."""
        return self.op("ReduceMean", value, self.constant(torch.tensor(axes)), keepdims=1)

    def rms_norm(self, value: str, weight: str, epsilon: float) -> str:
        """Root-mean-square normalisation over the last axis, its sum in float32.

        float16 values are scaled as they are, since a float32 copy costs a pass; bfloat16 would round the factor to eight bits.
        """
        wide = self.cast(value, "float32")
        mean = self.reduce_mean(self.op("Mul", wide, wide), -1)
        deviation = self.op("Sqrt", self.op("Add", mean, self.constant(epsilon, "float32")))
        if self.precision == "bfloat16":
            return self.op("Mul", self.cast(self.op("Div", wide, deviation), self.precision), weight)
        factor = self.cast(self.op("Reciprocal", deviation), self.precision)
        return self.op("Mul", self.op("Mul", value, factor), weight)

    def finish(self) -> dict:
        """Writes and checks the graph; returns its file, hashes, inputs and outputs as the manifest names them."""
        external_data = self.data.close()
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, list(self._initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "impasto-models"
        file = self._folder / self.file
        raw = model.SerializeToString()
        file.write_bytes(raw)
        onnx.checker.check_model(str(file))
        described = {"file": self.file, "sha256": hashlib.sha256(raw).hexdigest()}
        if external_data:
            described["external_data"] = external_data
        described["inputs"] = [_describe(value) for value in self._inputs]
        described["outputs"] = [_describe(value) for value in self._outputs]
        return described

    @property
    def node_count(self) -> int:
        return len(self._nodes)


def _bytes(tensor: Tensor) -> np.ndarray:
    return tensor.reshape(-1).view(torch.uint8).numpy() if tensor.numel() else np.zeros(0, np.uint8)


def _describe(value: onnx.ValueInfoProto) -> dict:
    tensor = value.type.tensor_type
    element = next(name for name, code in _ELEMENTS.items() if code == tensor.elem_type)
    return {"name": value.name, "type": element, "shape": [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]}
