/** Checking a model bundle before it goes to work. */
package impasto.bundle;
