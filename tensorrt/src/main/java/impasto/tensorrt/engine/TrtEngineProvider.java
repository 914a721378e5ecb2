package impasto.tensorrt.engine;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** By which DJL finds the engine; the native libraries are loaded when it is first asked for. */
public final class TrtEngineProvider implements EngineProvider {

    private static TrtEngine engine;

    @Override
    public String getEngineName() {
        return TrtEngine.ENGINE_NAME;
    }

    @Override
    public int getEngineRank() {
        return TrtEngine.RANK;
    }

    /**
     * @throws impasto.tensorrt.NativeLibraryException if there is no GPU, driver or library
     */
    @Override
    public Engine getEngine() {
        synchronized (TrtEngineProvider.class) {
            if (engine == null) {
                engine = new TrtEngine();
            }
            return engine;
        }
    }
}
