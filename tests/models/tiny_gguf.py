"""A decoder with seeded random weights, written as a GGUF file in a few milliseconds."""

from pathlib import Path

import gguf
import numpy as np

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Q8_0 = gguf.GGMLQuantizationType.Q8_0
MERGES = (("Ġ", "a"), ("a", "n"), ("an", "s"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"))


def byte_letters() -> list[str]:
    """The 256 printable letters that stand for the bytes in a GPT-2 vocabulary, in byte order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spare = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(spare)) for byte in range(256)]


def write_tiny(
    path: Path,
    *,
    seed: int = 0,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    context: int = 512,
    template: str | None = TEMPLATE,
    name: str = "tiny",
    architecture: str = "llama",
    tokenizer: bool = True,
) -> Path:
    """Write a LLaMA-shaped model over bytes, a few merges and three control tokens; quantised to Q8_0."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    vocabulary = _add_tokenizer(writer, template) if tokenizer else 256
    _add_weights(writer, np.random.default_rng(seed), vocabulary, width, layers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: gguf.GGUFWriter, template: str | None) -> int:
    words = [*byte_letters(), *(left + right for left, right in MERGES)]
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokens = words + control
    kinds = [gguf.TokenType.NORMAL] * len(words) + [gguf.TokenType.CONTROL] * len(control)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{left} {right}" for left, right in MERGES])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    return len(tokens)


def _add_weights(
    writer: gguf.GGUFWriter, random: np.random.Generator, vocabulary: int, width: int, layers: int
) -> None:
    def drawn(rows: int, columns: int) -> np.ndarray:
        return random.normal(0.0, columns**-0.5, (rows, columns)).astype(np.float32)

    def add(name: str, weights: np.ndarray) -> None:
        writer.add_tensor(f"{name}.weight", gguf.quants.quantize(weights, Q8_0), raw_dtype=Q8_0)

    def add_norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(width, dtype=np.float32))

    # The output is not tied to the embedding: a tied random model repeats one token for ever.
    output = drawn(vocabulary, width) * 4
    output[[i for i in range(vocabulary) if not 32 <= i < 127]] = 0.0  # it prefers to say printable ASCII
    add("token_embd", drawn(vocabulary, width))
    add("output", output)
    add_norm("output_norm")
    for layer in range(layers):
        for kind in ("attn_norm", "ffn_norm"):
            add_norm(f"blk.{layer}.{kind}")
        for kind in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{kind}", drawn(width, width))
        for kind in ("ffn_gate", "ffn_up"):
            add(f"blk.{layer}.{kind}", drawn(2 * width, width))
        add(f"blk.{layer}.ffn_down", drawn(width, 2 * width))
