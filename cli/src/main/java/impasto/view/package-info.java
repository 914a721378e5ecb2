/**
 * The web page: input and output of every stream side by side, live, and a box to type prompts in.
 *
 * <p>{@link impasto.view.Viewer} sees the world only through Kafka. A picture meets the classes in
 * this order: {@code TopicTail} reads it, {@code Wall} sorts it to its {@code StreamView}, where
 * {@code FramePairing} finds its other half and {@code StreamStatistics} counts it; then {@code
 * BrowserSession} brings it to each browser as fast as that browser takes it.
 */
package impasto.view;
