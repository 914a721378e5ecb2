/** From an encoded picture to pixels at the model's size. */
package impasto.decode;
