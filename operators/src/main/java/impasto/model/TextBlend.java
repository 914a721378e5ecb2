package impasto.model;

import ai.djl.ndarray.types.DataType;
import ai.djl.util.Float16Utils;
import impasto.prompt.PromptTrack;
import impasto.prompt.StreamPrompt.Before;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Blends texts, token by token, by spherical interpolation: on the way from one vector to another
 * the direction turns evenly and the length changes with it, so that a blend is no weaker than what
 * it is made of, as a mean would be.
 *
 * <p>Texts have different numbers of tokens. A blend attends to as many as the longest; a shorter
 * text takes part in the rest with its last token. Where no text has a token the blend is 0.
 */
public final class TextBlend implements PromptTrack.Blend {

    /** Vectors in nearly the same or in opposite directions have no way between them to turn. */
    private static final double PARALLEL = 1 - 1e-6;

    /** All float16 values by their bits: to look them up is several times as fast as to convert. */
    private static final float[] HALVES = new float[1 << Short.SIZE];

    static {
        for (int bits = 0; bits < HALVES.length; bits++) {
            HALVES[bits] = Float16Utils.halfToFloat((short) bits);
        }
    }

    private final int length;
    private final int dimension;
    private final DataType type;

    public TextBlend(BundleManifest manifest) {
        this(
                manifest.text().embedding().length(),
                manifest.text().embedding().dimension(),
                manifest.denoiserInput(BundleContract.EMBEDDINGS).type());
    }

    /** Of embeddings {@code [length, dimension]}. */
    TextBlend(int length, int dimension, DataType type) {
        this.length = length;
        this.dimension = dimension;
        this.type = type;
    }

    @Override
    public Before between(Before from, Before to, double progress) {
        TextEmbedding text =
                between(
                        new TextEmbedding(from.embeddings(), from.embeddingsMask()),
                        new TextEmbedding(to.embeddings(), to.embeddingsMask()),
                        progress);
        return new Before(
                text.embeddings(),
                text.mask(),
                (float) (from.strength() + progress * (to.strength() - from.strength())));
    }

    /**
     * Several texts by their weights: the first two are blended, then the result with the third by
     * the weights of those before, and so on.
     *
     * @param weights one for each text, more than 0
     */
    public TextEmbedding weighted(List<TextEmbedding> texts, List<Float> weights) {
        TextEmbedding blend = texts.get(0);
        double sum = weights.get(0);
        for (int i = 1; i < texts.size(); i++) {
            sum += weights.get(i);
            blend = between(blend, texts.get(i), weights.get(i) / sum);
        }
        return blend;
    }

    /**
     * A text on the way from one to another.
     *
     * @param progress 0 (all from) to 1 (all to)
     */
    public TextEmbedding between(TextEmbedding from, TextEmbedding to, double progress) {
        ByteBuffer a = littleEndian(from.embeddings());
        ByteBuffer b = littleEndian(to.embeddings());
        TextEmbedding result =
                new TextEmbedding(
                        new byte[from.embeddings().length], new byte[length * Long.BYTES]);
        ByteBuffer blend = littleEndian(result.embeddings());
        ByteBuffer mask = littleEndian(result.mask());
        boolean[] inA = tokens(from.mask());
        boolean[] inB = tokens(to.mask());
        int lastA = last(inA);
        int lastB = last(inB);
        float[] u = new float[dimension];
        float[] v = new float[dimension];
        for (int token = 0; token < length; token++) {
            boolean attended = inA[token] || inB[token];
            mask.putLong(attended ? 1 : 0);
            if (attended) {
                read(a, inA[token] ? token : lastA, u);
                read(b, inB[token] ? token : lastB, v);
                turn(u, v, progress);
                write(blend, token, u);
            }
        }
        return result;
    }

    /** Replaces u by the vector between u and v. */
    private static void turn(float[] u, float[] v, double progress) {
        double cosine = cosine(u, v);
        double fromU = 1 - progress;
        double fromV = progress;
        if (Math.abs(cosine) < PARALLEL) {
            double angle = Math.acos(cosine);
            fromU = Math.sin((1 - progress) * angle) / Math.sin(angle);
            fromV = Math.sin(progress * angle) / Math.sin(angle);
        }
        add(u, (float) fromU, v, (float) fromV);
    }

    private static double cosine(float[] u, float[] v) {
        double uu = 0;
        double vv = 0;
        double uv = 0;
        for (int i = 0; i < u.length; i++) {
            uu += (double) u[i] * u[i];
            vv += (double) v[i] * v[i];
            uv += (double) u[i] * v[i];
        }
        return uv / Math.max(Double.MIN_NORMAL, Math.sqrt(uu * vv));
    }

    /** A loop of its own and in floats, so that the compiler makes it one of vectors. */
    private static void add(float[] u, float fromU, float[] v, float fromV) {
        for (int i = 0; i < u.length; i++) {
            u[i] = fromU * u[i] + fromV * v[i];
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private boolean[] tokens(byte[] mask) {
        ByteBuffer values = littleEndian(mask);
        boolean[] tokens = new boolean[length];
        for (int i = 0; i < length; i++) {
            tokens[i] = values.getLong() != 0;
        }
        return tokens;
    }

    private static int last(boolean[] tokens) {
        int last = tokens.length - 1;
        while (last > 0 && !tokens[last]) {
            last--;
        }
        return last;
    }

    private void read(ByteBuffer embeddings, int token, float[] vector) {
        int from = token * dimension;
        switch (type) {
            case FLOAT32 -> embeddings.asFloatBuffer().get(from, vector);
            case FLOAT16 -> {
                for (int i = 0; i < dimension; i++) {
                    int bits = embeddings.getShort((from + i) * Short.BYTES);
                    vector[i] = HALVES[bits & 0xffff];
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < dimension; i++) {
                    int bits = embeddings.getShort((from + i) * Short.BYTES);
                    vector[i] = Float.intBitsToFloat(bits << 16);
                }
            }
            default -> throw new IllegalStateException("embeddings are numbers");
        }
    }

    private void write(ByteBuffer embeddings, int token, float[] vector) {
        int from = token * dimension;
        switch (type) {
            case FLOAT32 -> embeddings.asFloatBuffer().put(from, vector);
            case FLOAT16 -> {
                for (int i = 0; i < dimension; i++) {
                    embeddings.putShort(
                            (from + i) * Short.BYTES, Float16Utils.floatToHalf(vector[i]));
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < dimension; i++) {
                    // to the nearest, and half way to the even one
                    int bits = Float.floatToIntBits(vector[i]);
                    bits += 0x7fff + (bits >>> 16 & 1);
                    embeddings.putShort((from + i) * Short.BYTES, (short) (bits >>> 16));
                }
            }
            default -> throw new IllegalStateException("embeddings are numbers");
        }
    }
}
