package impasto.scene;

import static impasto.scene.Sprites.brighter;
import static impasto.scene.Sprites.color;
import static impasto.scene.Sprites.fill;
import static impasto.scene.Sprites.grained;
import static impasto.scene.Sprites.line;
import static impasto.scene.Sprites.mix;
import static impasto.scene.Sprites.oval;
import static impasto.scene.Sprites.painted;
import static impasto.scene.Sprites.polygon;
import static impasto.scene.Sprites.shade;
import static impasto.scene.Sprites.shaded;
import static impasto.scene.Sprites.step;
import static impasto.scene.Sprites.withAlpha;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A lake below mountains in the evening: sails, a lighthouse, a swan, and all of it in the water.
 */
final class Harbour implements Scenery {

    private static final int PAN = 90;
    private static final int WATERLINE = 262;
    private static final int RIPPLES = 256;

    private final BufferedImage sky;
    private final List<BufferedImage> clouds = new ArrayList<>();
    private final BufferedImage mountains;
    private final BufferedImage shore;
    private final List<BufferedImage> boats = new ArrayList<>();
    private final BufferedImage swan;
    private final BufferedImage jetty;
    private final List<BufferedImage> reeds = new ArrayList<>();
    private final byte[] ripples = ripples();
    private final int[] calm = new int[SIDE * (SIDE - WATERLINE)];
    private final double phase;

    Harbour(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        this.phase = random.nextDouble(60);
        this.sky = Sprites.sky(SIDE + 20, WATERLINE + 2, 0x4a6fb5, 0xffc98a, 0xffe9a0, 150, 118);
        for (int i = 0; i < 4; i++) {
            int width = 180 + random.nextInt(120);
            clouds.add(Sprites.cloud(width, width / 3, random.nextLong(), 0xfff1dc, 0xa487a6));
        }
        this.mountains = mountains(random.nextLong());
        this.shore = shore(random.nextLong());
        boats.add(boat(0xf7f1e3, 0xd9503f, 0x7a3b22));
        boats.add(boat(0xf2b544, 0xf7f1e3, 0x2d5577));
        boats.add(boat(0xeae4f2, 0x4d9a8c, 0x8d2f3c));
        this.swan = swan();
        this.jetty = jetty(random.nextLong());
        for (int i = 0; i < 9; i++) {
            reeds.add(reeds((i - 4) * 0.014));
        }
    }

    @Override
    public void paint(BufferedImage view, double seconds) {
        double t = seconds + phase;
        double pan = PAN * (0.5 + 0.5 * Math.sin(t * 2 * Math.PI / 44));
        Graphics2D g = view.createGraphics();
        Sprites.smooth(g);
        g.drawImage(sky, -(int) (pan * 0.1), 0, null);
        for (int i = 0; i < clouds.size(); i++) {
            BufferedImage cloud = clouds.get(i);
            double span = SIDE + cloud.getWidth();
            double x = (i * span * 0.31 + t * (5 + 2 * i)) % span - cloud.getWidth();
            g.drawImage(cloud, (int) x, 4 + 30 * i - (i & 1) * 18, null);
        }
        g.drawImage(mountains, -(int) (pan * 0.3), 74, null);
        g.drawImage(shore, -(int) (pan * 0.7), WATERLINE - 190, null);
        gulls(g, t);

        int[] pixels = ((DataBufferInt) view.getRaster().getDataBuffer()).getData();
        mirror(pixels);
        boats(g, t, pan, true);
        double swanX = 560 - (t * 17) % 760 - pan;
        reflect(g, swan, swanX, 388, 1, 0.5);
        g.drawImage(jetty, -(int) pan, SIDE - jetty.getHeight(), null);
        ripple(pixels, t, pan);

        boats(g, t, pan, false);
        AffineTransform saved = g.getTransform();
        g.translate(swanX, 388 - swan.getHeight() + 4 + 1.2 * Math.sin(t * 2.1));
        g.drawImage(swan, 0, 0, null);
        g.setTransform(saved);
        g.drawImage(jetty, -(int) pan, SIDE - jetty.getHeight(), null);
        int bend = (int) Math.round(4 + 3.9 * Math.sin(t * 1.3));
        g.drawImage(reeds.get(bend), (int) (470 - pan * 1.3), SIDE - 190, null);
        g.dispose();
    }

    private void boats(Graphics2D g, double t, double pan, boolean inWater) {
        double[] scales = {0.5, 0.8, 1.15};
        double[] waterlines = {288, 322, 372};
        double[] speeds = {9, -13, 19};
        for (int i = 0; i < boats.size(); i++) {
            double span = 780;
            double x =
                    Math.floorMod(
                                    (long) (1000 * (150 + 210 * i + speeds[i] * t)),
                                    (long) (1000 * span))
                            / 1000.0;
            x -= 150 + pan * (0.5 + 0.2 * i);
            BufferedImage boat = boats.get(i);
            double lean = 0.05 * Math.sin(t * 1.4 + 2 * i);
            if (inWater) {
                reflect(g, boat, x, waterlines[i], scales[i], 0.75);
            } else {
                AffineTransform saved = g.getTransform();
                g.translate(x + 60 * scales[i], waterlines[i] + 1.5 * Math.sin(t * 1.7 + i));
                g.rotate(lean);
                g.scale(speeds[i] < 0 ? -scales[i] : scales[i], scales[i]);
                g.drawImage(boat, -60, -boat.getHeight() + 5, null);
                g.setTransform(saved);
            }
        }
    }

    private static void reflect(
            Graphics2D g,
            BufferedImage sprite,
            double x,
            double waterline,
            double scale,
            double squash) {
        AffineTransform saved = g.getTransform();
        g.translate(x, waterline);
        g.scale(scale, -scale * squash);
        g.drawImage(sprite, 0, -sprite.getHeight(), null);
        g.setTransform(saved);
    }

    private static void gulls(Graphics2D g, double t) {
        for (int i = 0; i < 3; i++) {
            double x = 250 + 150 * Math.sin(t * 0.21 + 2.2 * i) + 60 * Math.cos(t * 0.5 + i);
            double y = 110 + 34 * i + 22 * Math.sin(t * 0.47 + i);
            double flap = 6 * Math.sin(t * 6 + 2 * i);
            line(g, 0x8d93a3, 3, x - 14, y - 2 - flap, x - 6, y - 4, x, y);
            line(g, 0xfbfaf6, 3, x, y, x + 6, y - 4, x + 14, y - 2 - flap);
            oval(g, 0xfbfaf6, x, y + 0.5, 5, 2.6);
        }
    }

    /** Lays the upper part of the view upside down into the water, darker and bluer with depth. */
    private static void mirror(int[] pixels) {
        int rows = SIDE - WATERLINE;
        for (int row = 0; row < rows; row++) {
            int source = Math.max(0, WATERLINE - 1 - row * WATERLINE / rows) * SIDE;
            System.arraycopy(pixels, source, pixels, (WATERLINE + row) * SIDE, SIDE);
        }
    }

    /** Bends the mirror by two moving layers of ripples that grow towards the viewer. */
    private void ripple(int[] pixels, double t, double pan) {
        System.arraycopy(pixels, WATERLINE * SIDE, calm, 0, calm.length);
        int rows = SIDE - WATERLINE;
        int shiftA = (int) (t * 21 + pan);
        int shiftB = (int) (t * -15 + pan);
        int driftA = (int) (t * 9);
        int driftB = (int) (t * 7);
        for (int row = 0; row < rows; row++) {
            double depth = (double) row / rows;
            // Perspective: far ripples lie close together.
            int v = (int) (520 * Math.sqrt(depth));
            int stretch = (int) (256 / (0.35 + 1.1 * depth));
            int reach = 2 + (int) (22 * depth);
            int keep = 206 - (int) (78 * depth);
            int waterRed = (int) ((255 - keep) * 0.14);
            int waterGreen = (int) ((255 - keep) * 0.33);
            int waterBlue = (int) ((255 - keep) * 0.46);
            int rowA = (v + driftA & RIPPLES - 1) * RIPPLES;
            int rowB = (v * 2 - driftB & RIPPLES - 1) * RIPPLES;
            int target = (WATERLINE + row) * SIDE;
            for (int x = 0; x < SIDE; x++) {
                int u = x * stretch >> 8;
                int wave =
                        ripples[rowA + (u + shiftA & RIPPLES - 1)]
                                + ripples[rowB + (u + shiftB & RIPPLES - 1)];
                int fromX = Math.max(0, Math.min(SIDE - 1, x + (wave * reach >> 7)));
                int fromRow = Math.max(0, Math.min(rows - 1, row + (wave * reach >> 9)));
                int pixel = calm[fromRow * SIDE + fromX];
                int gleam = wave > 58 ? wave - 58 << 1 : Math.min(0, wave + 30) >> 1;
                int red = ((pixel >> 16 & 255) * keep >> 8) + waterRed + gleam;
                int green = ((pixel >> 8 & 255) * keep >> 8) + waterGreen + gleam;
                int blue = ((pixel & 255) * keep >> 8) + waterBlue + gleam;
                pixels[target + x] = byteOf(red) << 16 | byteOf(green) << 8 | byteOf(blue);
            }
        }
    }

    private static int byteOf(int level) {
        return Math.max(0, Math.min(255, level));
    }

    /** A tile of waves, -64 to 63, that repeats in both directions. */
    private static byte[] ripples() {
        byte[] tile = new byte[RIPPLES * RIPPLES];
        SplittableRandom random = new SplittableRandom(3);
        double[][] waves = new double[26][];
        for (int i = 0; i < waves.length; i++) {
            waves[i] =
                    new double[] {
                        random.nextInt(13) - 6, 4 + random.nextInt(20), random.nextDouble(6.3)
                    };
        }
        for (int y = 0; y < RIPPLES; y++) {
            for (int x = 0; x < RIPPLES; x++) {
                double sum = 0;
                for (double[] wave : waves) {
                    sum += Math.sin(2 * Math.PI * (wave[0] * x + wave[1] * y) / RIPPLES + wave[2]);
                }
                tile[y * RIPPLES + x] = (byte) Math.max(-64, Math.min(63, sum * 9));
            }
        }
        return tile;
    }

    private static BufferedImage mountains(long seed) {
        Noise noise = new Noise(seed);
        int width = SIDE + PAN / 3 + 4;
        int height = WATERLINE - 74;
        double[][] relief = new double[height + 4][width + 4];
        for (int y = 0; y < height + 4; y++) {
            for (int x = 0; x < width + 4; x++) {
                relief[y][x] = 1 - Math.abs(2 * noise.fractal(x / 46.0, y / 60.0, 5) - 1);
            }
        }
        return shaded(
                width,
                height,
                (x, y) -> {
                    double peaks = 1 - Math.abs(2 * noise.fractal(x / 170.0 + 3, 8, 4) - 1);
                    double ridge = 132 - 120 * peaks;
                    if (y < ridge - 1) {
                        return 0;
                    }
                    double lit = 0.5 + 6 * (relief[y][x] - relief[y + 3][x + 3]);
                    double snowline = 42 + 50 * noise.fractal(x / 20.0, y / 20.0, 3);
                    int rock = mix(0x3f4a63, 0xb59a86, lit);
                    int snow = mix(0x8fa3c9, 0xfff4e6, lit + 0.15);
                    int wood =
                            mix(0x27402f, 0x6f8048, lit * 0.8 + 0.2 * noise.at(x * 0.5, y * 0.5));
                    int rgb = mix(snow, rock, step(snowline - 10, snowline + 8, y));
                    rgb =
                            mix(
                                    rgb,
                                    wood,
                                    step(112, 150, y + 26 * noise.fractal(x / 16.0, y / 16.0, 3)));
                    return withAlpha(mix(rgb, 0xd8b9a8, 0.2), y - ridge + 1);
                });
    }

    /** The far bank with its wood and village, and the lighthouse on a rock. */
    private static BufferedImage shore(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = SIDE + PAN;
        int base = 190;
        BufferedImage image =
                painted(
                        width,
                        base + 2,
                        g -> {
                            for (int i = 0; i < 46; i++) {
                                double x = random.nextDouble(330);
                                int tall = 26 + random.nextInt(26);
                                fir(g, x, base - random.nextInt(5), tall, random);
                            }
                            for (int i = 0; i < 7; i++) {
                                double x = 34 + 36 * i + random.nextInt(10);
                                double tall = 15 + random.nextInt(9);
                                int wall =
                                        new int[] {0xf1e3c6, 0xe2b48a, 0xd8d6d0}[random.nextInt(3)];
                                Rectangle2D front =
                                        new Rectangle2D.Double(x, base - tall - 2, 22, tall);
                                fill(g, wall, front);
                                shade(g, front, 0, 110);
                                fill(
                                        g,
                                        random.nextBoolean() ? 0xa9472f : 0x7b3f3a,
                                        polygon(
                                                x - 3,
                                                base - tall - 1,
                                                x + 11,
                                                base - tall - 13,
                                                x + 25,
                                                base - tall - 1));
                                for (int w = 0; w < 2; w++) {
                                    fill(
                                            g,
                                            w == 0 ? 0x39424f : 0xffd98a,
                                            new Rectangle2D.Double(
                                                    x + 4 + 10 * w, base - tall + 3, 4.5, 6));
                                }
                            }
                            line(g, 0xb7a07a, 3, 0, base - 1, 340, base - 1);
                            rock(g, 386, base, random);
                            lighthouse(g, 442, base - 34);
                        });
        return grained(image, seed, 0.14);
    }

    private static void fir(
            Graphics2D g, double x, double y, double tall, SplittableRandom random) {
        for (int layer = 0; layer < 6; layer++) {
            double top = y - tall + layer * tall * 0.15;
            double half = tall * (0.07 + 0.045 * layer);
            int rgb = mix(0x14291f, 0x3c6040, random.nextDouble());
            fill(g, rgb, polygon(x, top, x + half, top + tall * 0.25, x - half, top + tall * 0.25));
            fill(
                    g,
                    brighter(rgb, 1.45),
                    polygon(
                            x,
                            top,
                            x - half * 0.2,
                            top + tall * 0.23,
                            x - half,
                            top + tall * 0.25));
        }
    }

    private static void rock(Graphics2D g, double left, double base, SplittableRandom random) {
        for (int i = 0; i < 70; i++) {
            double along = random.nextDouble();
            double rise = 40 * Math.sin(Math.PI * along) * Math.pow(random.nextDouble(), 0.6);
            double x = left + 122 * along;
            double y = base - rise;
            double size = 7 + random.nextDouble(11);
            int rgb = mix(0x4c4650, 0xb3967c, random.nextDouble() * 0.6 + 0.4 * rise / 40);
            fill(
                    g,
                    rgb,
                    polygon(
                            x - size,
                            y + size * 0.7,
                            x - size * 0.6,
                            y - size * 0.5,
                            x + size * 0.3,
                            y - size * 0.7,
                            x + size,
                            y + size * 0.8));
            fill(
                    g,
                    brighter(rgb, 0.66),
                    polygon(
                            x + size * 0.3,
                            y - size * 0.7,
                            x + size,
                            y + size * 0.8,
                            x + size * 0.2,
                            y + size * 0.8));
        }
    }

    private static void lighthouse(Graphics2D g, double x, double base) {
        int bands = 6;
        double tall = 112;
        for (int band = 0; band < bands; band++) {
            double low = base - tall * band / bands;
            double high = base - tall * (band + 1) / bands;
            double halfLow = 17 - 7.0 * band / bands;
            double halfHigh = 17 - 7.0 * (band + 1) / bands;
            Path2D shape =
                    polygon(
                            x - halfLow,
                            low,
                            x - halfHigh,
                            high,
                            x + halfHigh,
                            high,
                            x + halfLow,
                            low);
            fill(g, band % 2 == 0 ? 0xf6efe2 : 0xc8382f, shape);
            shade(g, shape, 0, 150);
        }
        double top = base - tall;
        fill(g, 0x2b2f38, new Rectangle2D.Double(x - 15, top - 4, 30, 5));
        g.setPaint(
                new GradientPaint(
                        (float) x - 8, 0, color(0xfff6c9), (float) x + 8, 0, color(0xe0a23a)));
        g.fill(new Rectangle2D.Double(x - 8, top - 19, 16, 15));
        line(g, 0x2b2f38, 1.5, x - 8, top - 4, x - 8, top - 19);
        line(g, 0x2b2f38, 1.5, x, top - 4, x, top - 19);
        line(g, 0x2b2f38, 1.5, x + 8, top - 4, x + 8, top - 19);
        fill(g, 0x9c2f28, polygon(x - 11, top - 18, x, top - 32, x + 11, top - 18));
        fill(g, 0x39424f, new Rectangle2D.Double(x - 3, base - 70, 6, 10));
        fill(g, 0x39424f, new Rectangle2D.Double(x - 3.5, base - 33, 7, 11));
        fill(g, 0x4a2f22, new Rectangle2D.Double(x - 5, base - 15, 10, 16));
    }

    /** A sailing boat that goes right, 120 x 150 pixels. */
    private static BufferedImage boat(int sail, int jib, int hull) {
        BufferedImage image =
                painted(
                        120,
                        150,
                        g -> {
                            Path2D main = new Path2D.Double();
                            main.moveTo(58, 6);
                            main.quadTo(40, 62, 12, 116);
                            main.quadTo(38, 122, 58, 118);
                            main.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            14,
                                            0,
                                            color(brighter(sail, 0.72)),
                                            60,
                                            30,
                                            color(sail)));
                            g.fill(main);
                            Path2D front = new Path2D.Double();
                            front.moveTo(64, 14);
                            front.quadTo(88, 66, 108, 114);
                            front.quadTo(84, 120, 64, 116);
                            front.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            64,
                                            20,
                                            color(brighter(jib, 1.12)),
                                            106,
                                            110,
                                            color(brighter(jib, 0.66))));
                            g.fill(front);
                            for (int i = 1; i < 5; i++) {
                                line(
                                        g,
                                        brighter(sail, 0.62),
                                        0.8,
                                        58,
                                        6 + 24 * i,
                                        54 - 9.5 * i,
                                        6 + 23 * i);
                            }
                            line(g, 0x4b3524, 3, 61, 4, 61, 128);
                            line(g, 0x4b3524, 2.4, 10, 120, 61, 122);
                            Path2D body = new Path2D.Double();
                            body.moveTo(4, 126);
                            body.lineTo(116, 123);
                            body.quadTo(106, 144, 92, 147);
                            body.lineTo(22, 147);
                            body.quadTo(8, 142, 4, 126);
                            body.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            0,
                                            124,
                                            color(brighter(hull, 1.5)),
                                            0,
                                            148,
                                            color(brighter(hull, 0.5))));
                            g.fill(body);
                            line(g, 0xf5ecd8, 2.2, 5, 127, 115, 124.5);
                            oval(g, 0x2c3954, 32, 120, 4.5, 7);
                            oval(g, 0xe5b691, 32, 110, 3.6, 4);
                        });
        return grained(image, hull, 0.12);
    }

    /** A swan that swims to the left, 92 x 66 pixels. */
    private static BufferedImage swan() {
        BufferedImage image =
                painted(
                        92,
                        66,
                        g -> {
                            Path2D body = new Path2D.Double();
                            body.moveTo(16, 52);
                            body.quadTo(26, 36, 50, 34);
                            body.quadTo(74, 30, 90, 28);
                            body.quadTo(86, 62, 56, 64);
                            body.quadTo(26, 66, 16, 52);
                            body.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            30, 30, color(0xffffff), 60, 66, color(0x9db2cc)));
                            g.fill(body);
                            for (int i = 0; i < 5; i++) {
                                g.setColor(new Color(120, 142, 172, 110));
                                g.setStroke(new BasicStroke(1.3f));
                                g.draw(
                                        new QuadCurve2D.Double(
                                                36 + 3 * i,
                                                48 + 2 * i,
                                                60,
                                                50 + 2 * i,
                                                86 - 3 * i,
                                                34 + 5 * i));
                            }
                            g.setColor(color(0xd5e0ec));
                            g.setStroke(
                                    new BasicStroke(
                                            8.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
                            Path2D neck = new Path2D.Double();
                            neck.moveTo(25, 50);
                            neck.curveTo(12, 40, 36, 24, 22, 12);
                            g.draw(neck);
                            g.setColor(color(0xffffff));
                            g.setStroke(
                                    new BasicStroke(
                                            6.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
                            g.draw(neck);
                            oval(g, 0xffffff, 19, 11, 7.5, 5.6);
                            fill(g, 0xe8792b, polygon(14, 8, 2, 14, 14, 15));
                            oval(g, 0x1a1a1a, 13.5, 10, 2.2, 2.2);
                        });
        return grained(image, 4, 0.06);
    }

    private static BufferedImage jetty(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int height = 120;
        BufferedImage image =
                painted(
                        330,
                        height,
                        g -> {
                            for (int i = 0; i < 3; i++) {
                                double x = 92 + 74 * i;
                                Rectangle2D post =
                                        new Rectangle2D.Double(x, 12 + 10 * i, 12, height);
                                fill(g, 0x6d5238, post);
                                shade(g, post, 0, 160);
                                oval(g, 0xa98a63, x + 6, 12 + 10 * i, 6, 2.5);
                            }
                            for (int plank = 0; plank < 14; plank++) {
                                double y = 44 + 5.4 * plank;
                                double right = 226 + 7.4 * plank;
                                int rgb = mix(0x6b4f36, 0xb08d63, random.nextDouble());
                                fill(
                                        g,
                                        rgb,
                                        polygon(0, y, right, y, right + 7, y + 4.8, 0, y + 4.8));
                                for (int grain = 0; grain < 12; grain++) {
                                    double x = random.nextDouble(right - 30);
                                    line(
                                            g,
                                            brighter(rgb, 0.72),
                                            0.7,
                                            x,
                                            y + 1 + random.nextDouble(3),
                                            x + 24,
                                            y + 1 + random.nextDouble(3));
                                }
                            }
                            line(g, 0x3f2e20, 3, 226, 44, 330, 120);
                        });
        return grained(image, seed, 0.2);
    }

    private static BufferedImage reeds(double bend) {
        SplittableRandom random = new SplittableRandom(11);
        return painted(
                200,
                190,
                g -> {
                    for (int i = 0; i < 60; i++) {
                        double x = 20 + random.nextDouble(150);
                        double tall = 70 + random.nextDouble(95);
                        double lean = (random.nextDouble(0.3) - 0.15) + bend * (1 + tall / 90);
                        double tipX = x + tall * lean;
                        int rgb = mix(0x2c3d1c, 0xa3a04c, random.nextDouble());
                        line(
                                g,
                                rgb,
                                2.2,
                                x,
                                190,
                                x + tall * lean * 0.4,
                                190 - tall * 0.55,
                                tipX,
                                190 - tall);
                        if (i % 5 == 0) {
                            line(
                                    g,
                                    0x5b3a20,
                                    6.5,
                                    tipX,
                                    190 - tall,
                                    tipX + lean * 20,
                                    190 - tall - 18);
                        }
                    }
                });
    }
}
