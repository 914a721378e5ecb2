/**
 * On what a frame is conditioned, so that a stream's successive pictures are alike: groups and
 * anchors of the stream, optical flow, scene cuts, and when embeddings are made anew.
 */
package impasto.condition;
