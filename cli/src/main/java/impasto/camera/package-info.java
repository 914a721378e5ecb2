/** Cameras: where pictures come from, and how they reach the frames topic. */
package impasto.camera;
