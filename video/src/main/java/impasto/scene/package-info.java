/** Painted places full of moving things, for cameras that are not there. */
package impasto.scene;
