/**
 * On what a frame is conditioned, so that a stream's successive pictures are alike: groups and
 * anchors of the stream, optical flow, scene cuts, when embeddings are made anew, and when its text
 * is encoded with its own frames.
 */
package impasto.condition;
