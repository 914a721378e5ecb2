/** From waiting frames of many streams to batches for the model. */
package impasto.batch;
