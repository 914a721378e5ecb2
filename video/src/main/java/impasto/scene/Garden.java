package impasto.scene;

import static impasto.scene.Sprites.bricks;
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
import static impasto.scene.Sprites.tiles;
import static impasto.scene.Sprites.window;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.QuadCurve2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** A cottage garden: a cat on the lawn, butterflies, and flowers that sway in the wind. */
final class Garden implements Scenery {

    private static final int PAN = 90;
    private static final int LAWN = 300;
    private static final int SWAYS = 11;

    private final BufferedImage sky;
    private final List<BufferedImage> clouds = new ArrayList<>();
    private final BufferedImage back;
    private final List<List<BufferedImage>> flowers = new ArrayList<>();
    private final List<Bed> beds = new ArrayList<>();
    private final BufferedImage cat;
    private final BufferedImage catShadow = Sprites.groundShadow(110, 24);
    private final BufferedImage ball = ball();
    private final BufferedImage ballShadow = Sprites.groundShadow(40, 10);
    private final double phase;

    /** A flower's kind, foot, and place in the wind. */
    private record Bed(int kind, int x, int y, double phase) {}

    Garden(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        this.phase = random.nextDouble(60);
        this.sky = Sprites.sky(SIDE + 20, 310, 0x3d8fd6, 0xe9f2ee, 0xfff3c4, 400, 50);
        for (int i = 0; i < 3; i++) {
            int width = 160 + random.nextInt(110);
            clouds.add(Sprites.cloud(width, width * 2 / 5, random.nextLong(), 0xffffff, 0xa6b8cf));
        }
        this.back = back(random.nextLong());
        for (int kind = 0; kind < 5; kind++) {
            List<BufferedImage> sways = new ArrayList<>();
            for (int i = 0; i < SWAYS; i++) {
                sways.add(flower(kind, (i - SWAYS / 2) * 0.02));
            }
            flowers.add(sways);
        }
        for (int i = 0; i < 54; i++) {
            int x = -10 + i * 13 + random.nextInt(12);
            int y = 486 + (i * 37 % 54) * 64 / 54;
            boolean tallHides = x > 150 && x < 520; // the cat and the ball
            int kind = tallHides ? new int[] {1, 2, 4, 2}[random.nextInt(4)] : random.nextInt(5);
            beds.add(new Bed(kind, x, y, random.nextDouble(1.5)));
        }
        beds.sort(Comparator.comparingInt(Bed::y));
        this.cat = cat();
    }

    @Override
    public void paint(BufferedImage view, double seconds) {
        double t = seconds + phase;
        double pan = PAN * (0.5 + 0.5 * Math.sin(t * 2 * Math.PI / 38));
        Graphics2D g = view.createGraphics();
        Sprites.smooth(g);
        g.drawImage(sky, -(int) (pan * 0.1), 0, null);
        for (int i = 0; i < clouds.size(); i++) {
            BufferedImage cloud = clouds.get(i);
            double span = SIDE + cloud.getWidth();
            double x = (i * span * 0.37 + t * (6 + 2 * i)) % span - cloud.getWidth();
            g.drawImage(cloud, (int) x, 2 + 24 * i, null);
        }
        g.drawImage(back, -(int) pan, 0, null);
        smoke(g, 128 - pan, t);
        ball(g, pan, t);
        cat(g, 372 - pan, 408, t);
        for (Bed bed : beds) {
            double wind =
                    Math.sin(t * 1.5 - bed.x() * 0.012 + bed.phase())
                            + 0.35 * Math.sin(t * 3.7 + bed.phase());
            int upright = SWAYS / 2;
            int bend = (int) Math.round(upright + wind * upright / 1.35);
            BufferedImage flower = flowers.get(bed.kind()).get(bend);
            g.drawImage(
                    flower, (int) (bed.x() - pan * 1.3), bed.y() - flower.getHeight() + 36, null);
        }
        butterfly(
                g,
                0xf08a24,
                0x3b1d10,
                250 + 170 * Math.sin(t * 0.43),
                330 + 70 * Math.sin(t * 0.91 + 1),
                t,
                1.25);
        butterfly(
                g,
                0x5a8fe0,
                0x1d2450,
                210 + 190 * Math.cos(t * 0.36),
                260 + 80 * Math.sin(t * 0.77),
                t + 2,
                0.95);
        butterfly(
                g,
                0xf6efc8,
                0x8a7a4a,
                330 + 150 * Math.sin(t * 0.52 + 2),
                390 + 50 * Math.cos(t * 1.1),
                t + 5,
                0.8);
        g.dispose();
    }

    private static void smoke(Graphics2D g, double x, double t) {
        for (int i = 0; i < 7; i++) {
            double age = (t * 0.22 + i / 7.0) % 1;
            g.setColor(new Color(236, 236, 240, (int) (120 * (1 - age))));
            double size = 7 + 24 * age;
            g.fill(
                    new Ellipse2D.Double(
                            x + 46 * age * age + 7 * Math.sin(t + 5 * age) - size / 2,
                            70 - 74 * age - size / 2,
                            size,
                            size));
        }
    }

    private void ball(Graphics2D g, double pan, double t) {
        double roll = Math.sin(t * 0.6);
        double x = 205 + 80 * roll - pan;
        double hop = 26 * Math.abs(Math.sin(t * 2.4));
        g.drawImage(ballShadow, (int) x - 20, 410, null);
        AffineTransform saved = g.getTransform();
        g.translate(x, 398 - hop);
        g.rotate(80 * roll / 17);
        g.drawImage(ball, -18, -18, null);
        g.setTransform(saved);
    }

    private void cat(Graphics2D g, double x, double y, double t) {
        g.drawImage(catShadow, (int) x - 50, (int) y - 14, null);
        double swish = Math.sin(t * 2.2);
        Path2D tail = new Path2D.Double();
        tail.moveTo(x + 26, y - 8);
        tail.curveTo(x + 62, y + 4, x + 66 + 10 * swish, y - 30, x + 54 + 22 * swish, y - 54);
        g.setColor(color(0x9a4f17));
        g.setStroke(new BasicStroke(11, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        g.draw(tail);
        g.setColor(color(0xe08a3a));
        g.setStroke(
                new BasicStroke(
                        9, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {9, 4}, 0));
        g.draw(tail);
        g.drawImage(cat, (int) x - 45, (int) y - 118, null);
        // It follows the butterflies, and blinks.
        double look = 2.2 * Math.sin(t * 0.43);
        boolean blink = t % 3.7 < 0.16;
        for (int eye = -1; eye <= 1; eye += 2) {
            double eyeX = x - 6 + 11 * eye;
            if (blink) {
                line(g, 0x5a2c0c, 2, eyeX - 4, y - 81, eyeX + 4, y - 81);
            } else {
                oval(g, 0xd7e86a, eyeX, y - 82, 4.6, 5);
                oval(g, 0x10120a, eyeX + look, y - 82, 1.8, 4.2);
                oval(g, 0xffffff, eyeX + look - 0.6, y - 84, 1, 1);
            }
        }
    }

    private static void butterfly(
            Graphics2D g, int wing, int edge, double x, double y, double t, double scale) {
        AffineTransform saved = g.getTransform();
        g.translate(x, y);
        g.rotate(0.35 * Math.sin(t * 0.7));
        g.scale(scale, scale);
        double open = 0.25 + 0.75 * Math.abs(Math.sin(t * 7.3));
        for (int side = -1; side <= 1; side += 2) {
            AffineTransform body = g.getTransform();
            g.scale(side * open, 1);
            fill(g, edge, polygon(1, -2, 10, -17, 22, -18, 24, -8, 14, 1));
            fill(g, wing, polygon(3, -3, 11, -14, 20, -15, 21, -8, 13, -1));
            fill(g, edge, polygon(1, 0, 14, 1, 18, 9, 11, 16, 3, 8));
            fill(g, brighter(wing, 0.82), polygon(3, 2, 13, 3, 15, 8, 10, 13, 5, 7));
            oval(g, edge, 17, -11, 2, 2);
            oval(g, 0xffffff, 21.5, -13, 1.2, 1.2);
            g.setTransform(body);
        }
        line(g, 0x1c140c, 3, 0, -8, 0, 9);
        line(g, 0x1c140c, 0.9, 0, -8, -5, -17);
        line(g, 0x1c140c, 0.9, 0, -8, 5, -17);
        g.setTransform(saved);
    }

    private static BufferedImage back(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = SIDE + PAN + 8;
        BufferedImage lawn = lawn(width, random.nextLong());
        BufferedImage image =
                painted(
                        width,
                        SIDE,
                        g -> {
                            for (int i = 0; i < 6; i++) {
                                int tall = 170 + random.nextInt(60);
                                g.drawImage(
                                        Sprites.tree(
                                                150,
                                                tall,
                                                random.nextLong(),
                                                0x16351d,
                                                0x3f7335,
                                                0x93b650),
                                        210 + 66 * i + random.nextInt(20),
                                        LAWN - tall + 8,
                                        null);
                            }
                            cottage(g, random);
                            List<double[]> hedge = new ArrayList<>();
                            for (int x = 228; x < width + 20; x += 15) {
                                hedge.add(new double[] {x, LAWN - 26 + random.nextInt(8), 21});
                                hedge.add(new double[] {x, LAWN - 6, 17});
                            }
                            Sprites.leaves(g, hedge, 6500, random, 0x12301a, 0x35682f, 0x86ad47);
                            g.drawImage(lawn, 0, LAWN - 8, null);
                            path(g, random);
                            fence(g, width);
                            g.drawImage(Sprites.groundShadow(170, 30), 505, 372, null);
                            g.drawImage(
                                    Sprites.tree(
                                            210,
                                            330,
                                            random.nextLong(),
                                            0x234316,
                                            0x62942f,
                                            0xd3dc66),
                                    485,
                                    388 - 330,
                                    null);
                            for (int i = 0; i < 26; i++) {
                                double angle = random.nextDouble(6.28);
                                double reach = Math.sqrt(random.nextDouble());
                                double x = 590 + 68 * reach * Math.cos(angle);
                                double y = 180 + 66 * reach * Math.sin(angle);
                                oval(g, 0x8f1d1a, x + 0.8, y + 0.8, 5, 5);
                                oval(g, 0xd8392c, x, y, 4.4, 4.4);
                                oval(g, 0xf7a08a, x - 1.5, y - 1.6, 1.3, 1.3);
                            }
                        });
        return grained(image, seed, 0.13);
    }

    private static void cottage(Graphics2D g, SplittableRandom random) {
        Rectangle2D wall = new Rectangle2D.Double(24, 186, 192, 126);
        bricks(g, wall, 0xe6d3ae, 22, 11, random.nextLong());
        shade(g, wall, 0, 100);
        Rectangle2D chimney = new Rectangle2D.Double(118, 76, 22, 60);
        bricks(g, chimney, 0x9c513d, 8, 5, random.nextLong());
        shade(g, chimney, 0, 130);
        Path2D roof = polygon(6, 192, 54, 108, 186, 108, 234, 192);
        tiles(g, roof, 0xb4553a, random.nextLong());
        shade(g, roof, 0, 100);
        g.setPaint(
                new GradientPaint(
                        0, 192, new Color(10, 0, 20, 140), 0, 216, new Color(10, 0, 20, 0)));
        g.fill(new Rectangle2D.Double(24, 192, 192, 24));
        line(g, 0xf2e9d8, 4, 6, 192, 234, 192);
        window(g, 46, 220, 36, 44, false);
        window(g, 160, 220, 36, 44, true);
        for (double x : new double[] {34, 90, 148, 204}) {
            fill(g, 0x3f7a6a, new Rectangle2D.Double(x - 5, 218, 10, 48));
            for (int slat = 0; slat < 8; slat++) {
                line(g, 0x2b5549, 1, x - 4, 222 + 5.5 * slat, x + 4, 222 + 5.5 * slat);
            }
        }
        fill(g, 0xf2e9d8, new Rectangle2D.Double(98, 236, 42, 76));
        g.setPaint(new GradientPaint(102, 0, color(0xc24a3a), 136, 0, color(0x6b1f1a)));
        g.fill(new Rectangle2D.Double(102, 240, 34, 72));
        line(g, 0x591812, 1.3, 113, 242, 113, 310);
        line(g, 0x591812, 1.3, 125, 242, 125, 310);
        oval(g, 0xe9c65c, 131, 278, 2.4, 2.4);
        Sprites.leaves(
                g,
                List.of(
                        new double[] {40, 296, 20},
                        new double[] {66, 300, 22},
                        new double[] {92, 302, 13},
                        new double[] {150, 302, 14},
                        new double[] {176, 298, 22},
                        new double[] {204, 300, 18},
                        new double[] {30, 214, 10},
                        new double[] {27, 240, 10},
                        new double[] {28, 266, 12}),
                1500,
                random,
                0x17361a,
                0x44782f,
                0xa9c657);
        for (int i = 0; i < 60; i++) {
            double x =
                    random.nextBoolean() ? 30 + random.nextDouble(66) : 146 + random.nextDouble(66);
            oval(
                    g,
                    new int[] {0xe0466c, 0xf2b3c8, 0xf6e27a}[random.nextInt(3)],
                    x,
                    284 + random.nextDouble(28),
                    2.6,
                    2.4);
        }
    }

    private static BufferedImage lawn(int width, long seed) {
        Noise noise = new Noise(seed);
        int height = SIDE - LAWN + 8;
        BufferedImage ground =
                shaded(
                        width,
                        height,
                        (x, y) -> {
                            double near = 0.25 + 0.75 * y / height;
                            double patch = noise.fractal(x / 60.0, y / (24 * near), 3);
                            double blade =
                                    noise.fractal(x / (1.6 * near + 0.6), y / (5 * near + 1), 2);
                            int rgb = mix(0x3c6e26, 0x9dbb46, 0.9 * patch + 0.5 * blade - 0.2);
                            double dapple =
                                    step(0.5, 0.6, noise.fractal(x / 34.0 + 90, y / 15.0, 3));
                            rgb = mix(rgb, 0x1f4a24, 0.42 * dapple * step(190, 420, x));
                            return rgb;
                        });
        SplittableRandom random = new SplittableRandom(seed);
        Graphics2D g = ground.createGraphics();
        Sprites.smooth(g);
        for (int i = 0; i < 2600; i++) {
            double depth = Math.sqrt(random.nextDouble());
            double x = random.nextDouble(width);
            double y = depth * height;
            line(
                    g,
                    mix(0x33601f, 0xb9cf5a, random.nextDouble()),
                    1,
                    x,
                    y,
                    x + random.nextDouble(5) - 2.5,
                    y - 3 - 7 * depth);
        }
        for (int i = 0; i < 110; i++) {
            double x = random.nextDouble(width);
            double y = 14 + random.nextDouble(height - 20);
            double size = 1.1 + 1.8 * y / height;
            oval(g, 0xfbfaf0, x, y, size * 1.3, size);
            oval(g, 0xf0c530, x, y, size * 0.5, size * 0.4);
        }
        g.dispose();
        return ground;
    }

    private static void path(Graphics2D g, SplittableRandom random) {
        for (int i = 0; i < 13; i++) {
            double along = i / 13.0;
            double x = 120 + 46 * along + 26 * Math.sin(along * 5);
            double y = 314 + 196 * along * along + 10 * along;
            double size = 13 + 24 * along;
            for (int stone = -1; stone <= 1; stone += 2) {
                double cx = x + stone * size * 0.9;
                int rgb = mix(0x8d8272, 0xd6cab2, random.nextDouble());
                oval(g, brighter(rgb, 0.5), cx + 1, y + 2, size * 0.86, size * 0.34);
                oval(g, rgb, cx, y, size * 0.84, size * 0.32);
                oval(
                        g,
                        brighter(rgb, 1.15),
                        cx - size * 0.2,
                        y - size * 0.08,
                        size * 0.4,
                        size * 0.13);
            }
        }
    }

    private static void fence(Graphics2D g, int width) {
        for (int rail = 0; rail < 2; rail++) {
            double y = 282 + 22 * rail;
            fill(g, 0xd9d2c2, new Rectangle2D.Double(236, y, width, 6));
            fill(g, 0x8f8877, new Rectangle2D.Double(236, y + 6, width, 2));
        }
        for (double x = 238; x < width; x += 17) {
            fill(g, 0x2a4420, new Rectangle2D.Double(x + 9, 276, 3, 46));
            Path2D picket = polygon(x, 322, x, 274, x + 5, 266, x + 10, 274, x + 10, 322);
            fill(g, 0xf6f1e4, picket);
            shade(g, picket, 0, 90);
        }
    }

    /** A tabby that sits and looks at the viewer, 90 x 122 pixels, its eyes left out. */
    private static BufferedImage cat() {
        BufferedImage image =
                painted(
                        90,
                        122,
                        g -> {
                            int fur = 0xe08a3a;
                            Path2D body = new Path2D.Double();
                            body.moveTo(24, 116);
                            body.curveTo(8, 96, 18, 62, 38, 52);
                            body.curveTo(62, 48, 86, 84, 76, 116);
                            body.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            16,
                                            50,
                                            color(brighter(fur, 1.15)),
                                            80,
                                            110,
                                            color(brighter(fur, 0.6))));
                            g.fill(body);
                            for (int i = 0; i < 5; i++) {
                                g.setColor(new Color(140, 66, 18, 190));
                                g.setStroke(
                                        new BasicStroke(
                                                3.4f,
                                                BasicStroke.CAP_ROUND,
                                                BasicStroke.JOIN_ROUND));
                                g.draw(
                                        new QuadCurve2D.Double(
                                                57 + i,
                                                66 + 10 * i,
                                                68,
                                                66 + 10 * i,
                                                72 + i,
                                                74 + 10 * i));
                            }
                            oval(g, 0xf8ead4, 38, 84, 12, 24);
                            for (double x : new double[] {30, 47}) {
                                g.setPaint(
                                        new GradientPaint(
                                                (float) x - 7,
                                                0,
                                                color(brighter(fur, 1.1)),
                                                (float) x + 7,
                                                0,
                                                color(brighter(fur, 0.78))));
                                g.fill(new RoundRectangle2D.Double(x - 7, 78, 13.5, 40, 12, 12));
                                oval(g, 0xf8ead4, x, 115, 9, 5.5);
                                line(g, 0xb9855a, 1, x - 2.5, 113, x - 2.5, 118);
                                line(g, 0xb9855a, 1, x + 2.5, 113, x + 2.5, 118);
                            }
                            for (int side = -1; side <= 1; side += 2) {
                                fill(
                                        g,
                                        brighter(fur, side < 0 ? 1.05 : 0.8),
                                        polygon(
                                                39 + 25 * side,
                                                6,
                                                39 + 24 * side,
                                                34,
                                                39 + 5 * side,
                                                19));
                                fill(
                                        g,
                                        0xe9a08c,
                                        polygon(
                                                39 + 21 * side,
                                                13,
                                                39 + 20 * side,
                                                28,
                                                39 + 10 * side,
                                                20));
                            }
                            g.setPaint(
                                    new GradientPaint(
                                            16,
                                            16,
                                            color(brighter(fur, 1.22)),
                                            64,
                                            60,
                                            color(brighter(fur, 0.72))));
                            g.fill(new Ellipse2D.Double(13, 14, 52, 44));
                            for (int i = -1; i <= 1; i++) {
                                line(
                                        g,
                                        0x96480f,
                                        3.4,
                                        39 + 7 * i,
                                        16 + Math.abs(i) * 1.5,
                                        39 + 5 * i,
                                        26);
                            }
                            line(g, 0x96480f, 2.6, 14, 38, 21, 40);
                            line(g, 0x96480f, 2.6, 64, 38, 57, 40);
                            oval(g, 0xf8ead4, 34, 48, 8.5, 7);
                            oval(g, 0xf8ead4, 44, 48, 8.5, 7);
                            fill(g, 0xd0605c, polygon(35.5, 42.5, 42.5, 42.5, 39, 46.5));
                            line(g, 0x7a4228, 1.3, 39, 46, 39, 49.5, 35, 52);
                            line(g, 0x7a4228, 1.3, 39, 49.5, 43, 52);
                            for (int i = 0; i < 3; i++) {
                                line(g, 0xffffff, 0.8, 30, 47 + 2 * i, 8, 43 + 5 * i);
                                line(g, 0xffffff, 0.8, 48, 47 + 2 * i, 70, 43 + 5 * i);
                            }
                        });
        return grained(image, 9, 0.16);
    }

    private static BufferedImage ball() {
        return painted(
                36,
                36,
                g -> {
                    oval(g, 0xd6352e, 18, 18, 17, 17);
                    fill(g, 0xf6f1e4, polygon(18, 18, 4, 8, 18, 1, 32, 8));
                    fill(g, 0x2f6fb4, polygon(18, 18, 33, 26, 18, 35, 3, 26));
                    g.setPaint(
                            new RadialGradientPaint(
                                    13,
                                    12,
                                    24,
                                    new float[] {0, 0.5f, 1},
                                    new Color[] {
                                        new Color(255, 255, 255, 150),
                                        new Color(255, 255, 255, 0),
                                        new Color(0, 0, 30, 150)
                                    }));
                    g.fill(new Ellipse2D.Double(1, 1, 34, 34));
                });
    }

    /** A flower that leans to one side by so many radians, its foot in the middle below. */
    private static BufferedImage flower(int kind, double lean) {
        int tall = new int[] {176, 118, 96, 132, 84}[kind];
        SplittableRandom random = new SplittableRandom(kind);
        return painted(
                160,
                tall + 36,
                g -> {
                    double footX = 80;
                    double footY = tall + 36;
                    double headX = footX + Math.sin(lean * 2.2) * tall;
                    double headY = footY - Math.cos(lean * 2.2) * tall;
                    double kneeX = footX + Math.sin(lean) * tall * 0.5;
                    double kneeY = footY - tall * 0.5;
                    g.setColor(color(0x35601f));
                    g.setStroke(
                            new BasicStroke(
                                    kind == 0 ? 6 : 4,
                                    BasicStroke.CAP_ROUND,
                                    BasicStroke.JOIN_ROUND));
                    g.draw(new QuadCurve2D.Double(footX, footY, kneeX, kneeY, headX, headY));
                    g.setColor(color(0x7ea83e));
                    g.setStroke(new BasicStroke(1.5f));
                    g.draw(
                            new QuadCurve2D.Double(
                                    footX - 1, footY, kneeX - 1, kneeY, headX - 1, headY));
                    for (int leaf = 0; leaf < 4; leaf++) {
                        double up = 0.15 + 0.17 * leaf;
                        double x = footX + (kneeX - footX) * up * 1.6;
                        double y = footY - tall * up;
                        double side = leaf % 2 == 0 ? 1 : -1;
                        double sag = random.nextDouble(8);
                        fill(
                                g,
                                leaf % 2 == 0 ? 0x2f5c1f : 0x5c9434,
                                polygon(
                                        x,
                                        y,
                                        x + side * 14,
                                        y - 12 + sag,
                                        x + side * 28,
                                        y - 6 + sag,
                                        x + side * 13,
                                        y - 2 + sag));
                        line(g, 0x9cc257, 0.9, x, y, x + side * 24, y - 7 + sag);
                    }
                    head(g, kind, headX, headY, lean);
                });
    }

    private static void head(Graphics2D g, int kind, double x, double y, double lean) {
        AffineTransform saved = g.getTransform();
        g.translate(x, y);
        g.rotate(lean * 2.2);
        switch (kind) {
            case 0 -> {
                petals(g, 18, 27, 5.5, 0xc98412, 0.17);
                petals(g, 18, 25, 5, 0xf7c325, 0);
                oval(g, 0x3a2110, 0, 0, 13, 13);
                for (int i = 0; i < 70; i++) {
                    double angle = i * 2.4;
                    double reach = 1.45 * Math.sqrt(i);
                    oval(
                            g,
                            i % 3 == 0 ? 0x8a5a24 : 0x5c3817,
                            reach * Math.cos(angle),
                            reach * Math.sin(angle),
                            0.9,
                            0.9);
                }
            }
            case 1 -> {
                fill(g, 0x8f1730, polygon(-13, -2, -11, -26, 0, -14, 11, -26, 13, -2, 0, 9));
                fill(g, 0xd92f4c, polygon(-13, -2, -6, -27, 2, 7, -6, 7));
                fill(g, 0xee5a6e, polygon(-5, 7, 0, -29, 6, 7));
                fill(g, 0xc7233f, polygon(13, -2, 7, -26, 0, 8, 6, 7));
            }
            case 2 -> {
                petals(g, 14, 17, 3.4, 0xd4d8e4, 0.2);
                petals(g, 14, 16, 3.2, 0xfdfdf8, 0);
                oval(g, 0xc98d14, 0, 0, 6, 6);
                oval(g, 0xf6cf3a, -1, -1, 4.6, 4.6);
            }
            case 3 -> {
                for (int i = 0; i < 26; i++) {
                    double up = i * 1.9;
                    double wide = 8 * (1 - i / 32.0);
                    oval(
                            g,
                            mix(0x4a2f8f, 0xa98be6, (i * 7 % 11) / 11.0),
                            (i % 3 - 1) * wide * 0.8,
                            14 - up,
                            3.4,
                            3);
                }
            }
            default -> {
                petals(g, 6, 16, 8, 0xb83268, 0.5);
                petals(g, 6, 15, 7.4, 0xf0709c, 0);
                petals(g, 6, 9, 4, 0xf9b0c8, 0.5);
                oval(g, 0xf4d049, 0, 0, 4.4, 4.4);
            }
        }
        g.setTransform(saved);
    }

    private static void petals(
            Graphics2D g, int count, double length, double width, int rgb, double turn) {
        for (int i = 0; i < count; i++) {
            AffineTransform saved = g.getTransform();
            double angle = i * 2 * Math.PI / count + turn;
            g.rotate(angle);
            oval(
                    g,
                    brighter(rgb, 0.9 - 0.16 * Math.sin(angle + 0.8)),
                    length * 0.58,
                    0,
                    length * 0.42,
                    width);
            g.setTransform(saved);
        }
    }
}
