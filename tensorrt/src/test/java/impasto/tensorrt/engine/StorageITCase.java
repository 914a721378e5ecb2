package impasto.tensorrt.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import impasto.tensorrt.cuda.CudaDevice;
import impasto.tensorrt.cuda.CudaStream;
import impasto.tensorrt.cuda.DeviceMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The order that events keep, with copies in place of models. */
@Tag("gpu")
class StorageITCase {

    private static final int ELEMENTS = 1 << 18;
    private static final long BYTES = (long) ELEMENTS * Integer.BYTES;
    private static final int COPIES_OF_A_RUN = 4;

    /** Copies its input to one of two slots, by a detour that takes time. */
    private static final class Copier implements AutoCloseable {
        private final CudaStream stream;
        private final DeviceMemory detour;
        private final List<Storage> slots = new ArrayList<>();
        private int runs;

        Copier(CudaDevice device, String name) {
            stream = device.stream(name);
            detour = DeviceMemory.allocate(stream, BYTES, "a test");
            for (int i = 0; i < 2; i++) {
                slots.add(
                        new Storage(
                                Transfers.of(device),
                                DeviceMemory.allocate(stream, BYTES, "a test"),
                                "slot " + i));
            }
        }

        TrtNDArray run(TrtNDArray input, TrtNDManager owner) {
            synchronized (stream) {
                Storage slot = slots.get(runs++ % 2);
                slot.beginWrite(stream);
                slot.expireViews();
                input.beginRead(stream);
                try {
                    for (int i = 0; i < COPIES_OF_A_RUN; i++) {
                        stream.copy(detour.address(), input.address(), BYTES);
                    }
                    stream.copy(slot.address(), detour.address(), BYTES);
                } finally {
                    input.storage().endRead(stream);
                }
                slot.endWrite(stream);
                return new TrtNDArray(owner, slot, new Shape(ELEMENTS), DataType.INT32);
            }
        }

        @Override
        public void close() {
            detour.close();
            slots.forEach(Storage::free);
        }
    }

    /** One thread feeds the side stream, one the main stream, and one reads what comes out. */
    @Test
    void lanesKeepTheOrderOfTheirBatchesWithoutWaitingOnTheHost() throws Exception {
        long before = DeviceMemory.allocatedBytes();
        ExecutorService lanes = Executors.newFixedThreadPool(3);
        try (NDManager manager = GpuModel.newManager();
                Copier side = new Copier(CudaDevice.of(0), "side");
                Copier main = new Copier(CudaDevice.of(0), "main")) {
            Future<TrtNDArray> prepared = lanes.submit(() -> prepare(manager, side, 0));
            List<Future<Void>> checks = new ArrayList<>();
            for (int batch = 0; batch < 200; batch++) {
                TrtNDArray input = prepared.get();
                int next = batch + 1;
                prepared = lanes.submit(() -> prepare(manager, side, next));
                TrtNDArray output = main.run(input, (TrtNDManager) input.getManager());
                int expected = batch;
                checks.add(
                        lanes.submit(
                                () -> {
                                    assertAll(output, expected);
                                    output.getManager().close();
                                    return null;
                                }));
                if (batch % 2 == 1) {
                    checks.get(batch - 1).get();
                    checks.get(batch).get();
                }
            }
            prepared.get().getManager().close();
        } finally {
            lanes.shutdown();
        }
        assertThat(DeviceMemory.allocatedBytes()).isEqualTo(before);
    }

    private static void assertAll(NDArray array, int expected) {
        assertThat(Arrays.stream(array.toIntArray()).filter(value -> value != expected).toArray())
                .isEmpty();
    }

    /** The input is closed while the run that reads it has hardly begun. */
    private static TrtNDArray prepare(NDManager manager, Copier side, int batch) {
        TrtNDManager ofBatch = (TrtNDManager) manager.newSubManager();
        int[] values = new int[ELEMENTS];
        Arrays.fill(values, batch);
        try (NDArray input = ofBatch.create(values)) {
            return side.run((TrtNDArray) input, ofBatch);
        }
    }

    @Test
    void whatIsClosedAtOnceIsStillCopied() {
        try (NDManager manager = GpuModel.newManager()) {
            for (int round = 0; round < 100; round++) {
                try (NDManager ofRound = manager.newSubManager()) {
                    int[] values = new int[ELEMENTS];
                    Arrays.fill(values, round);
                    NDArray batch = ofRound.create(values, new Shape(4, ELEMENTS / 4));
                    NDArray joined = batch.get("1:3").duplicate().concat(batch);
                    batch.close();
                    NDArray part = joined.get("1:4");
                    joined.close();
                    assertAll(part, round);
                }
            }
        }
    }
}
