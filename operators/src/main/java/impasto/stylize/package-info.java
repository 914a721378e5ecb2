/** The way of a frame through the lanes, from encoded picture to encoded picture. */
package impasto.stylize;
