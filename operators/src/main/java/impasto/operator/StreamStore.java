package impasto.operator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateFunction;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * What is kept of some streams in keyed state, and removed with them. After a failure a stream's
 * part sleeps until its first frame, or is removed if that does not come.
 */
final class StreamStore<T> {

    private final MapState<String, T> state;
    private final Consumer<Object> setKey;

    /** Shards of the streams that are in state. */
    private final Map<String, Object> shards = new HashMap<>();

    private final Set<String> sleeping;

    /**
     * @param setKey sets the key under which the state is used
     */
    StreamStore(
            MapState<String, T> state,
            MapStateDescriptor<String, T> descriptor,
            KeyedStateBackend<Object> backend,
            Consumer<Object> setKey)
            throws Exception {
        this.state = state;
        this.setKey = setKey;
        backend.applyToAllKeys(
                VoidNamespace.INSTANCE,
                VoidNamespaceSerializer.INSTANCE,
                descriptor,
                (KeyedStateFunction<Object, MapState<String, T>>)
                        (shard, streams) ->
                                streams.keys().forEach(streamId -> shards.put(streamId, shard)));
        this.sleeping = new HashSet<>(shards.keySet());
    }

    /** What there is of a stream from before a failure, the first time. */
    Optional<T> wake(String streamId) throws Exception {
        if (!sleeping.remove(streamId)) {
            return Optional.empty();
        }
        setKey.accept(shards.get(streamId));
        return Optional.of(state.get(streamId));
    }

    /**
     * Writes what has changed.
     *
     * @param changes nothing where a stream is to be removed
     * @param changedShards of streams that have changed
     * @param late whether, of a shard, streams that have not come back after a failure are too late
     */
    void update(
            Map<String, Optional<T>> changes,
            Map<String, Object> changedShards,
            Predicate<Object> late)
            throws Exception {
        Map<String, Optional<T>> all = new HashMap<>(changes);
        sleeping.removeIf(
                streamId -> {
                    boolean over = late.test(shards.get(streamId));
                    if (over) {
                        all.put(streamId, Optional.empty());
                    }
                    return over;
                });
        for (Map.Entry<String, Optional<T>> change : all.entrySet()) {
            String streamId = change.getKey();
            Object known = shards.get(streamId);
            Object shard = known == null ? changedShards.get(streamId) : known;
            setKey.accept(shard);
            if (change.getValue().isPresent()) {
                state.put(streamId, change.getValue().get());
                shards.put(streamId, shard);
            } else {
                state.remove(streamId);
                shards.remove(streamId);
            }
        }
    }
}
