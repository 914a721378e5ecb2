/** The model: what a bundle holds, how it is loaded, and how a batch goes through its graphs. */
package impasto.model;
