/** The {@code impasto} command. */
package impasto.cli;
