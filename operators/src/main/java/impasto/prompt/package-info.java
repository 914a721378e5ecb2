/** Which prompt applies to which stream, in words and as embeddings. */
package impasto.prompt;
