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
import static impasto.scene.Sprites.withAlpha;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Houses along a road below hills; cars pass, a woman walks her dog, clouds drift. */
final class Street implements Scenery {

    private static final int PAN = 120;
    private static final int GROUND = 352;
    private static final int ROAD_TOP = 386;
    private static final int ROAD_BOTTOM = 474;

    private final BufferedImage sky;
    private final List<BufferedImage> clouds = new ArrayList<>();
    private final BufferedImage hills;
    private final BufferedImage front;
    private final BufferedImage verge;
    private final List<BufferedImage> cars = new ArrayList<>();
    private final BufferedImage wheel = wheel();
    private final BufferedImage carShadow = Sprites.groundShadow(150, 22);
    private final BufferedImage walkerShadow = Sprites.groundShadow(40, 10);
    private final double phase;

    Street(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        this.phase = random.nextDouble(60);
        this.sky = Sprites.sky(SIDE + 20, 300, 0x2f7fd0, 0xe4eef2, 0xfff0b8, 96, 66);
        for (int i = 0; i < 4; i++) {
            int width = 150 + random.nextInt(110);
            clouds.add(Sprites.cloud(width, width * 2 / 5, random.nextLong(), 0xffffff, 0x9fb1c8));
        }
        this.hills = hills(random.nextLong());
        this.front = front(random.nextLong());
        this.verge = verge(random.nextLong());
        for (int rgb : new int[] {0xc22f2a, 0x2f6fae, 0xe0a526, 0x3f7f5a}) {
            cars.add(car(rgb));
        }
    }

    @Override
    public void paint(BufferedImage view, double seconds) {
        double t = seconds + phase;
        double pan = PAN * (0.5 + 0.5 * Math.sin(t * 2 * Math.PI / 40));
        Graphics2D g = view.createGraphics();
        Sprites.smooth(g);
        g.drawImage(sky, -(int) (pan * 0.1), 0, null);
        for (int i = 0; i < clouds.size(); i++) {
            BufferedImage cloud = clouds.get(i);
            double span = SIDE + cloud.getWidth();
            double x = (i * span * 0.29 + t * (6 + 2.5 * i)) % span - cloud.getWidth();
            g.drawImage(cloud, (int) x, 6 + 29 * i - (i & 1) * 20, null);
        }
        g.drawImage(hills, -(int) (pan * 0.35), 120, null);
        birds(g, t);
        g.drawImage(front, -(int) pan, 100, null);
        walker(g, 690 - (t * 26) % 800 - pan + 60, t);
        cars(g, t, pan);
        g.drawImage(verge, -(int) (pan * 1.25), SIDE - verge.getHeight(), null);
        g.dispose();
    }

    private static void birds(Graphics2D g, double t) {
        for (int i = 0; i < 4; i++) {
            double x = (t * 34 + 46 * i) % 620 - 50;
            double y = 120 + 14 * i + 9 * Math.sin(t * 0.8 + i);
            double flap = 5 * Math.sin(t * 9 + 2 * i);
            line(g, 0x2b2f3a, 2, x - 9, y - flap, x, y, x + 9, y - flap);
        }
    }

    private void cars(Graphics2D g, double t, double pan) {
        for (int lane = 0; lane < 2; lane++) {
            for (int i = 0; i < 2; i++) {
                double span = 900;
                double way = (t * (lane == 0 ? 78 : 104) + i * 430 + lane * 200) % span;
                double x = (lane == 0 ? span - way : way) - 200 + 60 - pan;
                if (x > -160 && x < SIDE + 10) {
                    BufferedImage car = cars.get((2 * lane + i + 2) % cars.size());
                    drawCar(
                            g,
                            car,
                            x,
                            lane == 0 ? 378 : 412,
                            lane == 0 ? 0.85 : 1.08,
                            lane == 0,
                            way);
                }
            }
        }
    }

    private void drawCar(
            Graphics2D g,
            BufferedImage car,
            double x,
            double y,
            double scale,
            boolean left,
            double way) {
        AffineTransform saved = g.getTransform();
        g.translate(x, y);
        g.scale(scale, scale);
        g.drawImage(carShadow, -4, 38, null);
        if (left) {
            g.translate(140, 0);
            g.scale(-1, 1);
        }
        g.drawImage(car, 0, 0, null);
        for (double axle : new double[] {31, 108}) {
            AffineTransform body = g.getTransform();
            g.translate(axle, 42);
            g.rotate(way / (12 * scale));
            g.drawImage(wheel, -12, -12, null);
            g.setTransform(body);
        }
        g.setTransform(saved);
    }

    private void walker(Graphics2D g, double x, double t) {
        double y = 379;
        double stride = t * 6.2;
        g.drawImage(walkerShadow, (int) x - 20, (int) y - 5, null);
        g.drawImage(walkerShadow, (int) x - 66, (int) y - 5, null);
        double bob = 1.3 * Math.abs(Math.cos(stride));
        double hip = y - 36 - bob;
        double shoulder = hip - 25;
        limb(g, 0x1d2433, 6.5, x, hip, Math.sin(stride + Math.PI), 18, true);
        limb(g, 0x6b1f2e, 5, x, shoulder + 2, -0.8 * Math.sin(stride + Math.PI), 13, false);
        limb(g, 0x2c3954, 7, x, hip, Math.sin(stride), 18, true);
        g.setPaint(
                new GradientPaint(
                        (float) x - 9, 0, color(0xd84a55), (float) x + 10, 0, color(0x7d1f30)));
        g.fill(
                polygon(
                        x - 6,
                        shoulder - 2,
                        x + 6,
                        shoulder - 2,
                        x + 11,
                        hip + 11,
                        x - 11,
                        hip + 11));
        line(g, 0x4b1220, 2, x - 9, hip - 2, x + 9, hip - 2);
        limb(g, 0xb83343, 5.5, x, shoulder + 2, -0.8 * Math.sin(stride), 13, false);
        oval(g, 0x4a2b18, x + 2, shoulder - 9, 7.5, 8.5);
        oval(g, 0xe9bd9b, x - 1.5, shoulder - 9, 5.5, 7);
        oval(g, 0x4a2b18, x + 1, shoulder - 15, 7, 4);
        dog(g, x - 46, y, t);
        line(g, 0x3a2418, 1, x - 8, shoulder + 25, x - 36, y - 20);
    }

    private static void dog(Graphics2D g, double x, double y, double t) {
        double run = t * 11;
        for (int leg = 0; leg < 4; leg++) {
            double hip = x + (leg < 2 ? -9 : 9);
            line(
                    g,
                    leg % 2 == 0 ? 0x6b4523 : 0x8f5f30,
                    3.4,
                    hip,
                    y - 11,
                    hip + 4.5 * Math.sin(run + leg * Math.PI / 2 * 3),
                    y - 1);
        }
        oval(g, 0xa8713a, x, y - 14, 14, 6);
        oval(g, 0xe8d2ae, x - 6, y - 11.5, 7, 3);
        line(g, 0xa8713a, 6, x - 10, y - 16, x - 15, y - 22);
        oval(g, 0xb27a40, x - 17, y - 23, 6, 4.6);
        oval(g, 0x2a1a10, x - 22.5, y - 22, 1.8, 1.6);
        line(g, 0x5d3a1c, 3.4, x - 13.5, y - 25, x - 12, y - 19);
        line(g, 0xa8713a, 3, x + 13, y - 16, x + 20, y - 24 + 3 * Math.sin(t * 14));
    }

    /** Two bones from a joint, bending at the knee or the elbow. */
    private static void limb(
            Graphics2D g,
            int rgb,
            double width,
            double x,
            double y,
            double swing,
            double bone,
            boolean leg) {
        double upper = -0.5 * swing;
        double bend = leg ? 0.12 + 0.5 * Math.max(0, -swing) : -0.5;
        double kneeX = x + Math.sin(upper) * bone;
        double kneeY = y + Math.cos(upper) * bone;
        double footX = kneeX + Math.sin(upper + bend) * bone;
        double footY = kneeY + Math.cos(upper + bend) * bone;
        line(g, rgb, width, x, y, kneeX, kneeY, footX, footY);
        if (leg) {
            line(g, 0x1a1210, width * 0.7, footX, footY, footX - 5, footY + 0.5);
        } else {
            oval(g, 0xe9bd9b, footX, footY, 2.8, 2.8);
        }
    }

    private static BufferedImage hills(long seed) {
        Noise noise = new Noise(seed);
        return shaded(
                SIDE + PAN / 2,
                250,
                (x, y) -> {
                    double far = 62 + 46 * (noise.fractal(x / 150.0, 3, 3) - 0.5) * 2;
                    double near = 120 + 44 * (noise.fractal(x / 110.0, 40, 3) - 0.5) * 2;
                    if (y < far - 1) {
                        return 0;
                    }
                    boolean isNear = y > near;
                    double down = y - (isNear ? near : far);
                    double size = isNear ? 1 : 0.6;
                    double tall = noise.fractal(x / (13 * size), y / (6 * size), 4);
                    double lit =
                            tall - noise.fractal((x - 3) / (13 * size), (y - 3) / (6 * size), 4);
                    double field = noise.fractal(x / 42.0 + 9, y / 16.0, 2);
                    int meadow = mix(0x8fae4f, 0xd0b85a, step(0.5, 0.62, field));
                    int forest = mix(0x24462b, 0x4c7b3a, tall);
                    int rgb =
                            mix(
                                    meadow,
                                    forest,
                                    step(0.44, 0.54, noise.fractal(x / 50.0, y / 24.0 + 70, 3)));
                    rgb = brighter(rgb, 0.95 + 1.5 * lit + 0.12 * Math.exp(-down / 10));
                    rgb = mix(rgb, 0xa9c0d6, isNear ? 0.16 : 0.5);
                    return withAlpha(rgb, y - far + 1);
                });
    }

    private static BufferedImage front(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = SIDE + PAN + 8;
        int top = 100;
        BufferedImage image =
                painted(
                        width,
                        SIDE - top,
                        g -> {
                            g.translate(0, -top);
                            for (int x = -30; x < width; x += 58) {
                                int tall = 120 + random.nextInt(60);
                                g.drawImage(
                                        Sprites.tree(
                                                110,
                                                tall,
                                                random.nextLong(),
                                                0x14301c,
                                                0x3b6b30,
                                                0x8db04a),
                                        x + random.nextInt(20),
                                        GROUND - tall + 6,
                                        null);
                            }
                            int[][] houses = {
                                {10, 128, 112, 0xa9553e, 0x7c4a38},
                                {164, 104, 138, 0xe3cf9f, 0x5a6672},
                                {300, 142, 104, 0x8fa7b3, 0xa0492f},
                                {472, 118, 128, 0xb46a45, 0x4f4a55},
                            };
                            for (int[] h : houses) {
                                house(g, h[0] + random.nextInt(14), h[1], h[2], h[3], h[4], random);
                            }
                            pavement(g, width, random);
                            for (int x : new int[] {134, 274, 446, 604}) {
                                g.drawImage(
                                        Sprites.groundShadow(120, 18), x - 30, GROUND + 8, null);
                                g.drawImage(
                                        Sprites.tree(
                                                104,
                                                168,
                                                random.nextLong(),
                                                0x1b3d1c,
                                                0x4f8a34,
                                                0xc2d560),
                                        x - 46,
                                        GROUND + 14 - 168,
                                        null);
                            }
                            lamp(g, 226);
                            lamp(g, 540);
                        });
        return grained(image, seed, 0.16);
    }

    private static void house(
            Graphics2D g,
            double x,
            double width,
            double tall,
            int wallRgb,
            int roofRgb,
            SplittableRandom random) {
        double top = GROUND - tall;
        Rectangle2D wall = new Rectangle2D.Double(x, top, width, tall + 8);
        bricks(g, wall, wallRgb, 11, 5.5, random.nextLong());
        shade(g, wall, 0, 105);
        Rectangle2D chimney = new Rectangle2D.Double(x + width * 0.7, top - 66, 16, 44);
        bricks(g, chimney, 0x8a4a3a, 7, 4, random.nextLong());
        shade(g, chimney, 0, 120);
        fill(g, 0x5c4038, new Rectangle2D.Double(x + width * 0.7 - 2, top - 69, 20, 5));
        Path2D roof =
                polygon(
                        x - 9,
                        top + 4,
                        x + width * 0.17,
                        top - 50,
                        x + width * 0.83,
                        top - 50,
                        x + width + 9,
                        top + 4);
        tiles(g, roof, roofRgb, random.nextLong());
        shade(g, roof, 0, 90);
        g.setPaint(
                new GradientPaint(
                        0,
                        (float) top + 4,
                        new Color(0, 0, 20, 130),
                        0,
                        (float) top + 20,
                        new Color(0, 0, 20, 0)));
        g.fill(new Rectangle2D.Double(x, top + 4, width, 16));
        line(g, 0xe9e2d2, 3.5, x - 9, top + 4, x + width + 9, top + 4);

        int columns = width > 120 ? 3 : 2;
        double pitch = width / columns;
        int doorColumn = random.nextInt(columns);
        int doorRgb = new int[] {0x2f5d50, 0x8c2f2a, 0x2d4a73}[random.nextInt(3)];
        for (int column = 0; column < columns; column++) {
            double middle = x + pitch * (column + 0.5);
            window(g, middle - 11, top + 20, 22, 28, random.nextInt(5) == 0);
            if (column == doorColumn) {
                fill(g, 0xefe8d8, new Rectangle2D.Double(middle - 14, GROUND - 46, 28, 48));
                g.setPaint(
                        new GradientPaint(
                                (float) middle - 11,
                                0,
                                color(brighter(doorRgb, 1.35)),
                                (float) middle + 11,
                                0,
                                color(brighter(doorRgb, 0.7))));
                g.fill(new Rectangle2D.Double(middle - 11, GROUND - 43, 22, 44));
                line(
                        g,
                        brighter(doorRgb, 0.5),
                        1.2,
                        middle - 7,
                        GROUND - 22,
                        middle + 7,
                        GROUND - 22);
                oval(g, 0xe3c15a, middle + 7, GROUND - 20, 1.8, 1.8);
                fill(g, 0xb4ab9c, new Rectangle2D.Double(middle - 17, GROUND, 34, 5));
            } else {
                window(g, middle - 12, GROUND - 44, 24, 28, random.nextInt(4) == 0);
                Sprites.leaves(
                        g,
                        List.of(
                                new double[] {middle - 8, GROUND - 2, 9},
                                new double[] {middle + 8, GROUND - 2, 10}),
                        120,
                        random,
                        0x1d3a1f,
                        0x4f7d35,
                        0x9fc25a);
                for (int i = 0; i < 12; i++) {
                    oval(
                            g,
                            random.nextBoolean() ? 0xe0566a : 0xf4d35e,
                            middle - 16 + random.nextDouble(32),
                            GROUND - 9 + random.nextDouble(12),
                            1.8,
                            1.8);
                }
            }
        }
    }

    private static void pavement(Graphics2D g, int width, SplittableRandom random) {
        bricks(
                g,
                new Rectangle2D.Double(0, GROUND + 4, width, ROAD_TOP - GROUND - 4),
                0xb5a895,
                26,
                9,
                random.nextLong());
        g.setPaint(
                new GradientPaint(
                        0,
                        GROUND + 4,
                        new Color(20, 16, 40, 110),
                        0,
                        GROUND + 26,
                        new Color(20, 16, 40, 0)));
        g.fill(new Rectangle2D.Double(0, GROUND + 4, width, 22));
        fill(g, 0xd9d2c4, new Rectangle2D.Double(0, ROAD_TOP - 5, width, 4));
        fill(g, 0x6f675d, new Rectangle2D.Double(0, ROAD_TOP - 1, width, 5));
        g.setPaint(
                new GradientPaint(
                        0, ROAD_TOP + 4, color(0x62636b), 0, ROAD_BOTTOM, color(0x3f4048)));
        g.fill(new Rectangle2D.Double(0, ROAD_TOP + 4, width, SIDE - ROAD_TOP));
        for (int i = 0; i < 2600; i++) {
            int grey = 60 + random.nextInt(70);
            oval(
                    g,
                    grey << 16 | grey << 8 | grey + 6,
                    random.nextDouble(width),
                    ROAD_TOP + 5 + random.nextDouble(ROAD_BOTTOM - ROAD_TOP),
                    0.9,
                    0.5);
        }
        for (int x = 6; x < width; x += 74) {
            fill(g, 0xe8e3cf, polygon(x, 427, x + 38, 427, x + 34, 431.5, x - 5, 431.5));
        }
    }

    private static void lamp(Graphics2D g, double x) {
        line(g, 0x2a3438, 4, x, ROAD_TOP - 8, x, 236);
        line(g, 0x56666c, 1.2, x - 1.2, ROAD_TOP - 8, x - 1.2, 238);
        fill(
                g,
                0x2a3438,
                polygon(
                        x - 6,
                        ROAD_TOP - 4,
                        x - 3,
                        ROAD_TOP - 20,
                        x + 3,
                        ROAD_TOP - 20,
                        x + 6,
                        ROAD_TOP - 4));
        fill(g, 0xfff0bd, polygon(x - 6, 236, x - 9, 218, x + 9, 218, x + 6, 236));
        fill(g, 0x2a3438, polygon(x - 11, 218, x, 207, x + 11, 218));
        line(g, 0x2a3438, 1.5, x, 218, x, 236);
    }

    /** The near edge of the road: grass and flowers. */
    private static BufferedImage verge(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = SIDE + PAN * 5 / 4 + 8;
        int height = 58;
        return painted(
                width,
                height,
                g -> {
                    for (int i = 0; i < 5200; i++) {
                        double depth = Math.sqrt(random.nextDouble());
                        double y = 22 + depth * 42;
                        double x = random.nextDouble(width);
                        double blade = 7 + 9 * depth;
                        int rgb =
                                mix(0x24481f, 0x9cba4a, random.nextDouble() * (0.4 + 0.6 * depth));
                        line(g, rgb, 1.3, x, y, x + random.nextDouble(7) - 3, y - blade);
                    }
                    int[] petals = {0xf2f0e6, 0xf0c93c, 0xd8455a, 0x8f6bc4};
                    for (int i = 0; i < 90; i++) {
                        double x = random.nextDouble(width);
                        double y = 12 + random.nextDouble(36);
                        int rgb = petals[random.nextInt(petals.length)];
                        for (int petal = 0; petal < 5; petal++) {
                            double angle = petal * 2 * Math.PI / 5;
                            oval(
                                    g,
                                    brighter(rgb, petal > 2 ? 0.82 : 1),
                                    x + 2.6 * Math.cos(angle),
                                    y + 2.2 * Math.sin(angle),
                                    2,
                                    1.8);
                        }
                        oval(g, 0x7a5a1e, x, y, 1.4, 1.3);
                    }
                });
    }

    private static BufferedImage wheel() {
        return painted(
                24,
                24,
                g -> {
                    oval(g, 0x17171a, 12, 12, 11.5, 11.5);
                    oval(g, 0x3b3c42, 12, 12, 8, 8);
                    for (int i = 0; i < 5; i++) {
                        double angle = i * 2 * Math.PI / 5;
                        line(
                                g,
                                0xc9ccd2,
                                2.2,
                                12,
                                12,
                                12 + 6.6 * Math.cos(angle),
                                12 + 6.6 * Math.sin(angle));
                    }
                    oval(g, 0xe6e8ec, 12, 12, 2, 2);
                });
    }

    /** A car that drives to the right, 140 x 54 pixels, without its wheels. */
    private static BufferedImage car(int rgb) {
        BufferedImage image =
                painted(
                        140,
                        54,
                        g -> {
                            Path2D body = new Path2D.Double();
                            body.moveTo(4, 41);
                            body.lineTo(3, 27);
                            body.quadTo(4, 21, 14, 20);
                            body.lineTo(28, 18);
                            body.quadTo(40, 3, 54, 2.5);
                            body.lineTo(78, 3);
                            body.quadTo(90, 4, 102, 19);
                            body.quadTo(124, 21, 133, 27);
                            body.quadTo(138, 31, 137, 41);
                            body.closePath();
                            g.setPaint(
                                    new GradientPaint(
                                            0,
                                            2,
                                            color(brighter(rgb, 1.3)),
                                            0,
                                            44,
                                            color(brighter(rgb, 0.5))));
                            g.fill(body);
                            g.setPaint(
                                    new GradientPaint(
                                            30, 4, color(0xd4e8f4), 96, 20, color(0x1d2c3c)));
                            g.fill(polygon(33, 18.5, 43, 7.5, 53, 6, 64, 6, 64, 18.5));
                            g.fill(polygon(68, 18.5, 68, 6, 79, 6.5, 88, 10, 95, 18.5));
                            g.setPaint(new Color(255, 255, 255, 120));
                            g.fill(polygon(37, 18, 47, 7, 52, 7, 43, 18));
                            g.fill(polygon(72, 18, 78, 7, 82, 7.5, 77, 18));
                            line(g, brighter(rgb, 0.45), 1.1, 66, 19, 66, 39);
                            line(g, brighter(rgb, 1.6), 1.6, 8, 23.5, 130, 26);
                            line(g, brighter(rgb, 0.4), 1, 5, 33, 137, 33.5);
                            line(g, 0xe8e8ea, 1.8, 72, 24, 79, 24);
                            fill(g, 0x26262b, new Rectangle2D.Double(3, 38, 134, 5));
                            oval(g, 0x0d0d10, 31, 42, 14, 13);
                            oval(g, 0x0d0d10, 108, 42, 14, 13);
                            oval(g, 0xfff6cf, 132, 29.5, 3.6, 3);
                            oval(g, 0xc6231f, 5.5, 27, 2.5, 4);
                        });
        return grained(image, rgb, 0.07);
    }
}
