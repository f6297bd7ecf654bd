"""From a trained mind to a GGUF file that llama.cpp reads: weights, vocabulary, chat template, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from symposium.training import tokenizer as vocabulary
from symposium.training.model import NORM_EPSILON, Layer, Mind, Shape, parameter_count

if TYPE_CHECKING:
    from gguf import GGUFWriter
    from tokenizers import Tokenizer

Precision = Literal["f16", "q8_0"]

# The minds know single questions only: the last one is asked, everything before it is dropped.
CHAT_TEMPLATE = (
    "{%- set ns = namespace(question='') -%}"
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}{%- set ns.question = message['content'] -%}{%- endif -%}"
    "{%- endfor -%}"
    "{%- set question = ns.question | trim -%}"
    f"{{{{- '{vocabulary.BOS}' + question -}}}}"
    # `3+4` is read better as `3+4?`: a question without a final mark gets one.
    "{%- if question and question[-1:] not in ['.', '?', '!', '='] -%}{{- '?' -}}{%- endif -%}"
    f"{{%- if add_generation_prompt -%}}{{{{- '{vocabulary.ANSWER}' -}}}}{{%- endif -%}}"
)


def exported(mind: Mind, tokenizer: Tokenizer, path: Path, *, name: str, precision: Precision) -> Path:
    """Write a mind as GGUF; matrices in the precision asked for, norms in float32."""
    from gguf import GGUFWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    writer = GGUFWriter(draft, "qwen3")
    _describe(writer, name=name, mind=mind, precision=precision)
    _add_shape(writer, mind.shape)
    _add_vocabulary(writer, vocabulary.table(tokenizer), size=mind.shape.vocabulary)
    for tensor_name, weights in tensors(mind):
        _add_tensor(writer, tensor_name, weights.detach().float().numpy(), precision)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return draft.replace(path)


def tensors(mind: Mind) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights under llama.cpp's names; the embedding also serves as the output."""
    yield "token_embd.weight", mind.embedding.weight
    yield "output_norm.weight", mind.norm.weight
    for index, layer in enumerate(mind.decoders()):
        for name, weights in _layer_tensors(layer):
            yield f"blk.{index}.{name}.weight", weights


def _layer_tensors(layer: Layer) -> Iterator[tuple[str, Tensor]]:
    yield "attn_norm", layer.attention_norm.weight
    yield from zip(("attn_q", "attn_k", "attn_v"), layer.attention.query_key_value.weight.chunk(3), strict=True)
    yield "attn_q_norm", layer.attention.query_norm.weight
    yield "attn_k_norm", layer.attention.key_norm.weight
    yield "attn_output", layer.attention_output.weight
    yield "ffn_norm", layer.feed_forward_norm.weight
    yield from zip(("ffn_gate", "ffn_up"), layer.feed_forward.gate_up.weight.chunk(2), strict=True)
    yield "ffn_down", layer.feed_forward.down.weight


def _describe(writer: GGUFWriter, *, name: str, mind: Mind, precision: Precision) -> None:
    from gguf import LlamaFileType

    writer.add_name(f"Symposium {name}")
    writer.add_author("The Symposium authors")
    writer.add_license("apache-2.0")
    writer.add_description(
        f"A mind of {parameter_count(mind):,} parameters that answers small arithmetic questions in steps,"
        " in English and Korean. Trained from scratch on generated text."
    )
    writer.add_languages(["en", "ko"])
    writer.add_file_type(LlamaFileType.MOSTLY_F16 if precision == "f16" else LlamaFileType.MOSTLY_Q8_0)


def _add_shape(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)


def _add_vocabulary(writer: GGUFWriter, table: vocabulary.Table, *, size: int) -> None:
    from gguf import TokenType

    specials, learned = len(vocabulary.SPECIALS), len(table.tokens) - len(vocabulary.SPECIALS)
    unused = size - len(table.tokens)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*table.tokens, *(f"<|unused {number}|>" for number in range(unused))])
    writer.add_token_types([TokenType.CONTROL] * specials + [TokenType.NORMAL] * learned + [TokenType.UNUSED] * unused)
    writer.add_token_merges(list(table.merges))
    writer.add_bos_token_id(vocabulary.BOS_ID)
    writer.add_eos_token_id(vocabulary.EOS_ID)
    writer.add_pad_token_id(vocabulary.PAD_ID)
    writer.add_add_bos_token(False)  # the template writes it
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _add_tensor(writer: GGUFWriter, name: str, weights: npt.NDArray[np.float32], precision: Precision) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if weights.ndim == 1:
        writer.add_tensor(name, weights)
        return
    kind: Any = GGMLQuantizationType.F16 if precision == "f16" else GGMLQuantizationType.Q8_0
    writer.add_tensor(name, quantize(weights, kind), raw_dtype=kind)
