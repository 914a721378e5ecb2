"""The two graphs of `AutoencoderTiny`: frame to latents, latents to frame."""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import nn

from impasto_models.dreamlite.adapter import emit_picture
from impasto_models.dreamlite.unet import upsampling_kernel
from impasto_models.dreamlite.writer import GraphWriter


def emit_vae_encoder(g: GraphWriter, vae: AutoencoderTiny, frame: tuple[int, int], latents: tuple[int, int, int], element: str) -> None:
    """Frame uint8 [B, H, W, 3] -> latents; frames of (height, width)."""
    value = g.input("frame", "uint8", ("batch", *frame, 3))
    x = g.cast(emit_picture(g, value, "float32"), "float32")
    x = g.op("Mul", g.op("Add", x, g.constant(1.0, "float32")), g.constant(0.5, "float32"))
    x = _layers(g, g.cast(x, g.precision), vae.encoder.layers, "encoder.layers", upsampling="")
    g.output(x, "latents", element, ("batch", *latents))


def emit_vae_decoder(
    g: GraphWriter, vae: AutoencoderTiny, frame: tuple[int, int], latents: tuple[int, int, int], upsampling: str = "transposed"
) -> None:
    """Latents float32 -> frame uint8 [B, H, W, 3], rounded half to even."""
    x = g.input("latents", "float32", ("batch", *latents))
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    x = g.op("Add", g.op("Div", x, g.constant(vae.config.scaling_factor, "float32")), g.constant(shift, "float32"))
    x = g.op("Mul", g.op("Tanh", g.op("Div", x, g.constant(3.0, "float32"))), g.constant(3.0, "float32"))
    x = _layers(g, g.cast(x, g.precision), vae.decoder.layers, "decoder.layers", upsampling)
    x = g.op("Sub", g.op("Mul", g.cast(x, "float32"), g.constant(2.0, "float32")), g.constant(1.0, "float32"))
    x = g.op("Clip", x, g.constant(-1.0, "float32"), g.constant(1.0, "float32"))
    levels = g.op("Round", g.op("Add", g.op("Mul", x, g.constant(127.5, "float32")), g.constant(127.5, "float32")))
    g.output(g.transpose(levels, 0, 2, 3, 1), "frame", "uint8", ("batch", *frame, 3))


def _layers(g: GraphWriter, x: str, layers: nn.Sequential, name: str, upsampling: str) -> str:
    pending = False
    for index, layer in enumerate(layers):
        key = f"{name}.{index}"
        if isinstance(layer, AutoencoderTinyBlock):
            x = _block(g, x, layer, key)
        elif isinstance(layer, nn.Conv2d) and pending:
            x, pending = _upsample(g, x, layer, key, upsampling), False
        elif isinstance(layer, nn.Conv2d):
            x = _conv(g, x, layer, key)
        elif isinstance(layer, nn.Upsample):
            pending = True
        elif isinstance(layer, nn.ReLU):
            x = g.op("Relu", x)
        else:
            raise ValueError(f"{key} is a {type(layer).__name__}, expected a convolution, a block, ReLU or upsampling")
    return x


def _block(g: GraphWriter, x: str, block: AutoencoderTinyBlock, key: str) -> str:
    y = x
    for index, layer in enumerate(block.conv):
        y = _conv(g, y, layer, f"{key}.conv.{index}") if isinstance(layer, nn.Conv2d) else g.op("Relu", y)
    skip = _conv(g, x, block.skip, f"{key}.skip") if isinstance(block.skip, nn.Conv2d) else x
    return g.op("Relu", g.op("Add", y, skip))


def _conv(g: GraphWriter, x: str, conv: nn.Conv2d, key: str) -> str:
    inputs = [x, g.weight(f"{key}.weight")] + ([g.weight(f"{key}.bias")] if conv.bias is not None else [])
    kernel, padding = list(conv.kernel_size), list(conv.padding)
    return g.op("Conv", *inputs, kernel_shape=kernel, strides=list(conv.stride), pads=padding * 2)


def _upsample(g: GraphWriter, x: str, conv: nn.Conv2d, key: str, upsampling: str) -> str:
    """Nearest by two, then ``conv``, as one transposed convolution unless ``upsampling`` says ``resize``."""
    if upsampling == "resize":
        scales = g.constant(torch.tensor([1.0, 1.0, 2.0, 2.0]), "float32")
        x = g.op("Resize", x, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        return _conv(g, x, conv, key)
    weight = g.store(f"{key}.weight.upsampling", upsampling_kernel(g.weights.tensor(f"{key}.weight")))
    bias = [g.weight(f"{key}.bias")] if conv.bias is not None else []
    return g.op("ConvTranspose", x, weight, *bias, kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4)
