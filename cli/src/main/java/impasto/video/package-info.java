/** Video files of what went in and what came out. */
package impasto.video;
