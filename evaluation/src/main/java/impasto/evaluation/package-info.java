/**
 * Measures how fast and how steadily a bundle restyles video, as tables that one command makes.
 *
 * <p>Packages in the order of the data: {@code clip} reads what goes in, {@code restyle} makes
 * pictures of it, {@code measure} turns pictures into numbers, {@code result} keeps them, {@code
 * table} says which are taken, {@code compare} and {@code report} present them.
 */
package impasto.evaluation;
