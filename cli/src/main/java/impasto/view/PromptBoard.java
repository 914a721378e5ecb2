package impasto.view;

import impasto.schemas.PromptEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The prompts that hold now, and the words of those that held before: a picture made by an older
 * version is shown with that version's words. Written by one thread, read by any.
 */
final class PromptBoard {
    private static final int MAX_PROMPTS = 500;
    private static final int MAX_TEXTS = 2000;

    private final Map<String, Prompt> current = new ConcurrentHashMap<>();
    private final Map<Key, String> texts = new Newest();
    private final Map<Key, String> refusals = new Newest();

    private record Key(String id, long version) {}

    private static final class Newest extends LinkedHashMap<Key, String> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, String> eldest) {
            return size() > MAX_TEXTS;
        }
    }

    /**
     * A prompt as the page shows it.
     *
     * @param version offset of its event
     * @param refused why the job does not use it; null if it does
     */
    record Prompt(String id, long version, String target, String text, Long seed, String refused) {
        Prompt refusedFor(String why) {
            return new Prompt(id, version, target, text, seed, why);
        }
    }

    void put(PromptEvent event, long version) {
        String id = event.getPromptId();
        texts.put(new Key(id, version), event.getText());
        if (current.size() < MAX_PROMPTS || current.containsKey(id)) {
            current.put(
                    id,
                    new Prompt(
                            id,
                            version,
                            event.getTarget(),
                            event.getText(),
                            event.getSeed(),
                            refusals.get(new Key(id, version))));
        }
    }

    void clear(String id) {
        current.remove(id);
    }

    /** Marks a version as refused, also if its event has not been read yet. */
    void refuse(String id, long version, String why) {
        refusals.put(new Key(id, version), why);
        current.computeIfPresent(
                id, (key, prompt) -> prompt.version() == version ? prompt.refusedFor(why) : prompt);
    }

    /** The words of one version, null if unknown. Only for the writing thread. */
    String text(String id, long version) {
        return texts.get(new Key(id, version));
    }

    /** By target, the newest first. */
    List<Prompt> current() {
        List<Prompt> prompts = new ArrayList<>(current.values());
        prompts.sort(
                Comparator.comparing(Prompt::target)
                        .thenComparing(Prompt::version, Comparator.reverseOrder()));
        return prompts;
    }
}
