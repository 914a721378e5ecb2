package impasto.scene;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Pictures of single things, painted once and then moved. Light comes from the upper left. */
final class Sprites {

    /** The colour of a pixel as 0xAARRGGBB. */
    @FunctionalInterface
    interface Shader {
        int argb(int x, int y);
    }

    private Sprites() {}

    static BufferedImage painted(int width, int height, Consumer<Graphics2D> painter) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D g = image.createGraphics();
        smooth(g);
        painter.accept(g);
        g.dispose();
        return image;
    }

    static BufferedImage shaded(int width, int height, Shader shader) {
        BufferedImage raw = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        int[] pixels = ((DataBufferInt) raw.getRaster().getDataBuffer()).getData();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] = shader.argb(x, y);
            }
        }
        return painted(width, height, g -> g.drawImage(raw, 0, 0, null));
    }

    static void smooth(Graphics2D g) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    }

    /** Makes every painted pixel lighter or darker by up to {@code amount}, in grains. */
    static BufferedImage grained(BufferedImage image, long seed, double amount) {
        Noise noise = new Noise(seed);
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int width = image.getWidth();
        for (int i = 0; i < pixels.length; i++) {
            int pixel = pixels[i];
            int alpha = pixel >>> 24;
            if (alpha != 0) {
                int x = i % width;
                int y = i / width;
                double coarse = noise.fractal(x / 9.0, y / 9.0, 2) - 0.5;
                double fine = noise.at(x * 0.9, y * 0.9) - 0.5;
                double factor = 1 + amount * (1.3 * coarse + 0.9 * fine);
                pixels[i] =
                        alpha << 24
                                | Math.min(alpha, (int) ((pixel >> 16 & 255) * factor)) << 16
                                | Math.min(alpha, (int) ((pixel >> 8 & 255) * factor)) << 8
                                | Math.min(alpha, (int) ((pixel & 255) * factor));
            }
        }
        return image;
    }

    static int mix(int a, int b, double t) {
        t = clamp(t);
        int red = (int) ((a >> 16 & 255) + ((b >> 16 & 255) - (a >> 16 & 255)) * t);
        int green = (int) ((a >> 8 & 255) + ((b >> 8 & 255) - (a >> 8 & 255)) * t);
        int blue = (int) ((a & 255) + ((b & 255) - (a & 255)) * t);
        return 0xff000000 | red << 16 | green << 8 | blue;
    }

    static int brighter(int rgb, double factor) {
        factor = Math.max(0, factor);
        int red = (int) Math.min(255, (rgb >> 16 & 255) * factor);
        int green = (int) Math.min(255, (rgb >> 8 & 255) * factor);
        int blue = (int) Math.min(255, (rgb & 255) * factor);
        return 0xff000000 | red << 16 | green << 8 | blue;
    }

    static int withAlpha(int rgb, double alpha) {
        return ((int) (255 * clamp(alpha)) << 24) | (rgb & 0xffffff);
    }

    static Color color(int rgb) {
        return new Color(rgb);
    }

    static double clamp(double t) {
        return Math.max(0, Math.min(1, t));
    }

    static double step(double from, double to, double x) {
        double t = clamp((x - from) / (to - from));
        return t * t * (3 - 2 * t);
    }

    static Path2D polygon(double... xy) {
        Path2D path = new Path2D.Double();
        path.moveTo(xy[0], xy[1]);
        for (int i = 2; i < xy.length; i += 2) {
            path.lineTo(xy[i], xy[i + 1]);
        }
        path.closePath();
        return path;
    }

    static void fill(Graphics2D g, int rgb, Shape shape) {
        g.setColor(color(rgb));
        g.fill(shape);
    }

    static void oval(Graphics2D g, int rgb, double x, double y, double rx, double ry) {
        fill(g, rgb, new Ellipse2D.Double(x - rx, y - ry, 2 * rx, 2 * ry));
    }

    static void line(Graphics2D g, int rgb, double width, double... xy) {
        g.setColor(color(rgb));
        g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        Path2D path = new Path2D.Double();
        path.moveTo(xy[0], xy[1]);
        for (int i = 2; i < xy.length; i += 2) {
            path.lineTo(xy[i], xy[i + 1]);
        }
        g.draw(path);
    }

    /** A sky from {@code top} to {@code bottom} with the sun's glow at a place. */
    static BufferedImage sky(
            int width, int height, int top, int bottom, int glow, double sunX, double sunY) {
        Noise noise = new Noise(5);
        return shaded(
                width,
                height,
                (x, y) -> {
                    double t =
                            (double) y / height
                                    + 0.06 * (noise.fractal(x / 90.0, y / 40.0, 3) - 0.5);
                    int rgb = mix(top, bottom, t);
                    double distance = Math.hypot(x - sunX, y - sunY);
                    rgb = mix(rgb, glow, 0.75 * Math.exp(-distance / 70));
                    return mix(rgb, 0xfffbe6, step(24, 20, distance));
                });
    }

    static BufferedImage cloud(int width, int height, long seed, int light, int shadow) {
        Noise noise = new Noise(seed);
        double[][] density = new double[height][width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double dx = (x - width / 2.0) / (width / 2.0);
                double dy = (y - height * 0.58) / (height * (y < height * 0.58 ? 0.55 : 0.34));
                double puff = noise.fractal(x / 30.0, y / 22.0, 5);
                density[y][x] = puff * 1.5 - 0.28 - 0.75 * (dx * dx + dy * dy);
            }
        }
        return shaded(
                width,
                height,
                (x, y) -> {
                    double here = density[y][x];
                    double towardsSun = density[Math.max(0, y - 9)][Math.max(0, x - 6)];
                    double lit =
                            0.55 + 1.1 * (here - towardsSun) - 0.5 * ((double) y / height - 0.45);
                    return withAlpha(mix(shadow, light, lit), step(0.02, 0.3, here));
                });
    }

    /** A tree {@code width} wide whose trunk stands in the middle of the lower edge. */
    static BufferedImage tree(int width, int height, long seed, int dark, int mid, int light) {
        SplittableRandom random = new SplittableRandom(seed);
        return painted(
                width,
                height,
                g -> {
                    double middle = width / 2.0;
                    double crown = height * 0.38;
                    Path2D trunk =
                            polygon(
                                    middle - width * 0.06,
                                    height,
                                    middle - width * 0.025,
                                    crown,
                                    middle + width * 0.025,
                                    crown,
                                    middle + width * 0.06,
                                    height);
                    g.setPaint(
                            new GradientPaint(
                                    (float) (middle - width * 0.06),
                                    0,
                                    color(0x8a6a48),
                                    (float) (middle + width * 0.06),
                                    0,
                                    color(0x3d2b1f)));
                    g.fill(trunk);
                    for (int i = 0; i < 5; i++) {
                        double angle = -2.4 + 0.4 * i;
                        line(
                                g,
                                0x4a3526,
                                width * 0.022,
                                middle,
                                height * 0.6,
                                middle + Math.cos(angle) * width * 0.3,
                                height * 0.6 + Math.sin(angle) * height * 0.3);
                    }
                    List<double[]> blobs = new ArrayList<>();
                    for (int i = 0; i < 11; i++) {
                        double angle = random.nextDouble(2 * Math.PI);
                        double reach = Math.sqrt(random.nextDouble());
                        blobs.add(
                                new double[] {
                                    middle + Math.cos(angle) * reach * width * 0.28,
                                    crown + Math.sin(angle) * reach * height * 0.22,
                                    width * (0.13 + random.nextDouble(0.07))
                                });
                    }
                    leaves(g, blobs, (int) (width * height / 9.0), random, dark, mid, light);
                });
    }

    /** Dabs of leaves over spheres {x, y, radius}, shaded as the spheres are lit. */
    static void leaves(
            Graphics2D g,
            List<double[]> blobs,
            int count,
            SplittableRandom random,
            int dark,
            int mid,
            int light) {
        List<double[]> dabs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double[] blob = blobs.get(random.nextInt(blobs.size()));
            double angle = random.nextDouble(2 * Math.PI);
            double reach = Math.pow(random.nextDouble(), 0.45) * 1.05;
            double nx = Math.cos(angle) * reach;
            double ny = Math.sin(angle) * reach;
            double lit = 0.5 - 0.32 * nx - 0.48 * ny + random.nextDouble(0.36) - 0.18;
            dabs.add(
                    new double[] {
                        blob[0] + nx * blob[2],
                        blob[1] + ny * blob[2],
                        lit,
                        1.2 + random.nextDouble(2.2),
                        random.nextDouble(Math.PI)
                    });
        }
        dabs.sort(Comparator.comparingDouble(dab -> dab[2]));
        for (double[] dab : dabs) {
            int rgb = dab[2] < 0.5 ? mix(dark, mid, dab[2] * 2) : mix(mid, light, dab[2] * 2 - 1);
            double wide = dab[3] * (0.8 + 0.7 * Math.abs(Math.cos(dab[4])));
            double tall = dab[3] * (0.8 + 0.7 * Math.abs(Math.sin(dab[4])));
            oval(g, rgb, dab[0], dab[1], wide, tall);
        }
    }

    /** A wall of bricks, or of anything that comes in rows of blocks. */
    static void bricks(
            Graphics2D g,
            Rectangle2D wall,
            int rgb,
            double brickWidth,
            double brickHeight,
            long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Shape clip = g.getClip();
        g.clip(wall);
        fill(g, mix(rgb, 0xd8cbb8, 0.5), wall);
        int row = 0;
        for (double y = wall.getY(); y < wall.getMaxY(); y += brickHeight, row++) {
            double shift = row % 2 == 0 ? 0 : brickWidth / 2;
            for (double x = wall.getX() - shift; x < wall.getMaxX(); x += brickWidth) {
                fill(
                        g,
                        brighter(rgb, 0.8 + random.nextDouble(0.38)),
                        new Rectangle2D.Double(x, y, brickWidth - 1, brickHeight - 1));
            }
        }
        g.setClip(clip);
    }

    /** Rows of round tiles within a roof's outline. */
    static void tiles(Graphics2D g, Shape roof, int rgb, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Rectangle2D bounds = roof.getBounds2D();
        Shape clip = g.getClip();
        g.clip(roof);
        fill(g, brighter(rgb, 0.6), bounds);
        int row = 0;
        for (double y = bounds.getY() - 4; y < bounds.getMaxY(); y += 6, row++) {
            double slope = 0.82 + 0.3 * (y - bounds.getY()) / bounds.getHeight();
            for (double x = bounds.getX() - 4 * (row % 2); x < bounds.getMaxX(); x += 8) {
                oval(
                        g,
                        brighter(rgb, slope * (0.82 + random.nextDouble(0.3))),
                        x + 4,
                        y + 2,
                        3.8,
                        5.4);
            }
        }
        g.setClip(clip);
    }

    static void window(
            Graphics2D g, double x, double y, double width, double height, boolean lamp) {
        fill(g, 0xf4efe4, new Rectangle2D.Double(x - 2.5, y - 2.5, width + 5, height + 5));
        g.setPaint(
                new GradientPaint(
                        (float) x,
                        (float) y,
                        color(lamp ? 0xffe9a8 : 0xbcd9ec),
                        (float) (x + width),
                        (float) (y + height),
                        color(lamp ? 0xd98e3c : 0x22384e)));
        g.fill(new Rectangle2D.Double(x, y, width, height));
        g.setPaint(new Color(255, 255, 255, 90));
        g.fill(polygon(x, y + height * 0.7, x + width * 0.7, y, x + width, y, x, y + height));
        line(g, 0xf4efe4, 1.6, x + width / 2, y, x + width / 2, y + height);
        line(g, 0xf4efe4, 1.6, x, y + height * 0.4, x + width, y + height * 0.4);
        fill(g, 0xcfc6b6, new Rectangle2D.Double(x - 4, y + height + 2, width + 8, 3));
        g.setPaint(new Color(0, 0, 0, 60));
        g.fill(new Rectangle2D.Double(x - 3, y + height + 5, width + 8, 3));
    }

    /** Shade that grows from left to right over a shape. */
    static void shade(Graphics2D g, Shape shape, int alphaLeft, int alphaRight) {
        Rectangle2D bounds = shape.getBounds2D();
        g.setPaint(
                new GradientPaint(
                        (float) bounds.getX(),
                        0,
                        new Color(10, 10, 40, alphaLeft),
                        (float) bounds.getMaxX(),
                        0,
                        new Color(10, 10, 40, alphaRight)));
        g.fill(shape);
    }

    /** The soft shadow of something that stands on the ground. */
    static BufferedImage groundShadow(int width, int height) {
        return shaded(
                width,
                height,
                (x, y) -> {
                    double dx = (x - width / 2.0) / (width / 2.0);
                    double dy = (y - height / 2.0) / (height / 2.0);
                    return withAlpha(0x0a0a1e, 0.55 * step(1, 0.3, Math.hypot(dx, dy)));
                });
    }
}
