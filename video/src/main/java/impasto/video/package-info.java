/** Pictures from video files, and video files of pictures. */
package impasto.video;
