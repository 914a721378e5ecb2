package impasto.prompt;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * The prompts in effect, and which of them applies to a stream: an exact name beats a glob, a glob
 * that spells out more characters beats one with fewer, {@code *} comes last, and among equally
 * specific targets the newest version wins.
 *
 * <p>Finding a stream's prompt looks at every prompt once; the answer is kept until a prompt
 * changes, for the {@value #CACHED_STREAMS} streams asked for last.
 *
 * <p>For one thread.
 */
public final class PromptBindings {
    static final int CACHED_STREAMS = 4096;

    /** For how many cleared prompts it is remembered that they were. */
    static final int REMEMBERED_CLEARS = 4096;

    /** The newest last; the id decides between partitions of a topic, so that all agree. */
    private static final Comparator<Binding> BY_AGE =
            Comparator.comparing((Binding binding) -> binding.prompt().version())
                    .thenComparing(binding -> binding.prompt().promptId());

    /** The winner last. */
    private static final Comparator<Binding> BY_PRECEDENCE =
            Comparator.comparing(Binding::target).thenComparing(BY_AGE);

    private final Map<String, Binding> bindings = new HashMap<>();

    private final int maxPrompts;
    private final Map<String, Long> clearedVersions = new Bounded<>(REMEMBERED_CLEARS);
    private final Map<String, Optional<EncodedPrompt>> resolved = new Bounded<>(CACHED_STREAMS);

    /**
     * @param maxPrompts most prompts in effect, at least 1
     */
    public PromptBindings(int maxPrompts) {
        this.maxPrompts = maxPrompts;
    }

    /**
     * Sets or replaces a prompt.
     *
     * @return false if nothing changed, because the prompt was set or cleared by the same or a
     *     newer version
     * @throws impasto.failure.BadInputException with INVALID_PROMPT if the target is not valid
     */
    public boolean put(EncodedPrompt prompt) {
        PromptTarget target = PromptTarget.parse(prompt.target());
        if (newestVersion(prompt.promptId()) >= prompt.version()) {
            return false;
        }
        bindings.put(prompt.promptId(), new Binding(target, prompt));
        clearedVersions.remove(prompt.promptId());
        resolved.clear();
        return true;
    }

    /**
     * Removes a prompt. The version is remembered, within bounds, so that an older one that comes
     * late does not bring the prompt back.
     *
     * @param version of the removal
     * @return false if there was no such prompt, or it is of the same or a newer version
     */
    public boolean clear(String promptId, long version) {
        if (newestVersion(promptId) >= version) {
            return false;
        }
        clearedVersions.put(promptId, version);
        if (bindings.remove(promptId) == null) {
            return false;
        }
        resolved.clear();
        return true;
    }

    /**
     * If there are more prompts than the bound, takes away one: first one that no stream has,
     * because a newer one has the same target; then the one that was set longest ago for a single
     * stream, then among globs, then among those for all. The one that was set last stays.
     *
     * <p>Which one that is depends on the prompts alone and not on the frames that were restyled by
     * them, so that all who are told of the same prompts keep the same.
     *
     * @return its id
     */
    public Optional<String> evict() {
        if (bindings.size() <= maxPrompts) {
            return Optional.empty();
        }
        Map<String, Binding> winners = new HashMap<>();
        bindings.values()
                .forEach(
                        binding ->
                                winners.merge(
                                        binding.target().pattern(),
                                        binding,
                                        BinaryOperator.maxBy(BY_PRECEDENCE)));
        String newest = Collections.max(bindings.values(), BY_AGE).promptId();
        Optional<String> evicted =
                bindings.values().stream()
                        .filter(binding -> !binding.promptId().equals(newest))
                        .min(
                                Comparator.comparing(
                                                (Binding binding) ->
                                                        winners.get(binding.target().pattern())
                                                                .promptId()
                                                                .equals(binding.promptId()))
                                        .thenComparing(binding -> binding.target().breadth())
                                        .thenComparing(BY_AGE))
                        .map(Binding::promptId);
        evicted.ifPresent(bindings::remove);
        resolved.clear();
        return evicted;
    }

    /** The prompt that applies to a stream, or nothing if none does. */
    public Optional<EncodedPrompt> resolve(String streamId) {
        return resolved.computeIfAbsent(streamId, this::find);
    }

    /** All prompts in effect, in no order; a copy. */
    public List<EncodedPrompt> prompts() {
        return bindings.values().stream().map(Binding::prompt).toList();
    }

    private long newestVersion(String promptId) {
        Binding binding = bindings.get(promptId);
        return binding != null
                ? binding.prompt().version()
                : clearedVersions.getOrDefault(promptId, Long.MIN_VALUE);
    }

    private Optional<EncodedPrompt> find(String streamId) {
        return bindings.values().stream()
                .filter(binding -> binding.target().matches(streamId))
                .max(BY_PRECEDENCE)
                .map(Binding::prompt);
    }

    private record Binding(PromptTarget target, EncodedPrompt prompt) {
        String promptId() {
            return prompt.promptId();
        }
    }

    /** Forgets the entry that was used longest ago. */
    private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        private final int capacity;

        Bounded(int capacity) {
            super(16, 0.75f, true);
            this.capacity = capacity;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > capacity;
        }
    }
}
