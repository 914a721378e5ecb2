/** What can go wrong with a record, and what follows from it, decided in one place. */
package impasto.failure;
