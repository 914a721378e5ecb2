/** How the records of the topics become bytes and bytes become records again. */
package impasto.wire;
