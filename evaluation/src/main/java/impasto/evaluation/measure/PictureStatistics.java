package impasto.evaluation.measure;

import impasto.decode.Pixels;

/**
 * The colours of a picture as a whole. In a clip that plays forwards and backwards they should stay
 * the same from chunk to chunk; where the adapter feeds on its own output they may wander.
 *
 * @param brightness mean over pixels and channels, 0 to 255
 * @param contrast standard deviation of the same, 0 to 127.5
 * @param saturation mean over pixels of the largest minus the smallest channel, 0 to 255
 */
public record PictureStatistics(double brightness, double contrast, double saturation) {

    public static PictureStatistics of(Pixels picture) {
        byte[] rgb = picture.rgb();
        long sum = 0;
        long squares = 0;
        long spread = 0;
        for (int i = 0; i < rgb.length; i += 3) {
            int red = rgb[i] & 0xff;
            int green = rgb[i + 1] & 0xff;
            int blue = rgb[i + 2] & 0xff;
            sum += red + green + blue;
            squares += red * red + green * green + blue * blue;
            spread += Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
        }
        double mean = (double) sum / rgb.length;
        return new PictureStatistics(
                mean,
                Math.sqrt(Math.max(0, (double) squares / rgb.length - mean * mean)),
                3.0 * spread / rgb.length);
    }
}
