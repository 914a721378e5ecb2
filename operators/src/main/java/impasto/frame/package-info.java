/** A frame on its way in, and what became of it on its way out. */
package impasto.frame;
