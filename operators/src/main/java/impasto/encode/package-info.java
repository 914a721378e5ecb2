/** From the model's pixels to an encoded picture. */
package impasto.encode;
