"""What people type to ask for a style: phrases for training, and others that training never sees.

Phrases and templates vary together with filler words from a fixed list, so that the text encoder learns to find the words
that matter anywhere in a sentence. Sentences of filler alone name no style and mean "unchanged".
"""

from __future__ import annotations

import random

PHRASES: dict[str, list[str]] = {
    "oil": [
        "oil painting", "an oil painting, vibrant colours", "oil painting style, vibrant colors", "oil on canvas",
        "a thick impasto oil painting", "an oil paint masterpiece with bold brush strokes", "a classical oil painting",
        "painterly oil brushwork", "a van gogh painting", "in the manner of vincent van gogh", "vibrant oil colors on canvas",
        "expressive oil paint strokes", "an impressionist painting", "impressionism with visible brush strokes",
        "a monet canvas", "a renaissance oil portrait", "swirling thick paint", "impasto", "a painting in oils",
        "heavy brush strokes of paint", "an old master painting", "a painted canvas", "a rich oil painting",
    ],
    "watercolor": [
        "watercolor", "watercolor style, soft colors", "a watercolor painting", "a watercolour on paper", "soft watercolor washes",
        "a delicate aquarelle", "an aquarelle painting with pale washes", "light watercolor paint on textured paper",
        "a loose watercolour sketch", "pastel watercolor art", "water colours", "water color painting", "a wet watercolour wash",
        "transparent washes of paint on wet paper", "a gentle watercolour illustration", "aquarelle", "watery paint on paper",
        "a pale wash painting", "gouache and watercolour",
    ],
    "pencil": [
        "pencil sketch", "pencil sketch style", "a pencil drawing", "a graphite pencil sketch", "hand drawn pencil on white paper",
        "black and white pencil drawing with hatching", "a detailed graphite drawing", "a sketch drawn with a pencil",
        "fine pencil lines", "a sketchbook drawing", "a hatched pencil study", "graphite on paper", "a quick sketch",
        "a lead pencil drawing", "cross hatching in pencil", "a drawing with fine grey lines", "sketched by hand in pencil",
        "a hand drawn sketch", "pencil shading",
    ],
    "charcoal": [
        "charcoal drawing", "charcoal drawing style", "a charcoal sketch", "dark charcoal on paper", "a dramatic charcoal drawing",
        "smudged charcoal strokes", "black charcoal art", "a rough charcoal drawing, high contrast", "an expressive charcoal sketch",
        "ink and charcoal", "black ink drawing", "a noir ink drawing", "india ink on paper", "sin city noir comic",
        "bold black ink", "burnt charcoal", "black and white film noir ink", "a charcoal study", "ink wash in black",
        "drawn in charcoal", "a picture in charcoal", "dark charcoal lines", "charcoal art, dark and rough", "a noir picture",
    ],
    "cartoon": [
        "cartoon", "cartoon style, bold outlines", "a cartoon with flat colors", "a comic book cartoon with black outlines",
        "an animated cartoon", "cel shaded animation", "a toon shaded cartoon", "saturday morning cartoon look", "anime",
        "anime style cel shading", "a comic drawing with bold outlines", "a comic book", "cel shading", "a cartoon film for children",
        "a graphic novel in colour", "japanese anime", "toon shading", "an animated film", "a comic strip", "manga in color",
    ],
    "pixel": [
        "pixel art", "pixel art style", "8-bit pixel art", "8 bit retro game", "a pixelated image", "blocky pixels",
        "an old video game", "retro video game graphics", "chunky pixels", "a pixelated 8 bit look", "16-bit game sprites",
        "low resolution pixels", "a nintendo game from the eighties", "pixelated", "big square pixels", "pixel graphics",
        "an arcade game", "a game boy screen", "pixels",
    ],
    "popart": [
        "pop art", "pop art style, bold colors", "an andy warhol print", "an andy warhol pop art print", "a warhol style screen print",
        "a halftone pop art poster", "retro pop art with halftone dots", "a posterized pop art print", "halftone dots",
        "bold pop art poster in pink and yellow", "a screen printed poster with halftone", "lichtenstein", "roy lichtenstein dots",
        "warhol", "a silkscreen print in pink", "a sixties pop poster", "pop-art", "a posterized poster", "silk screen poster",
    ],
    "neon": [
        "neon", "neon night style, glowing edges", "neon lights", "a glowing neon sign", "cyberpunk", "cyberpunk neon city",
        "neon glowing outlines on black", "a synthwave neon scene", "glowing cyan and magenta edges", "synthwave",
        "a dark cyberpunk look with neon glow", "tron like neon lines", "tron", "glow in the dark lines", "retrowave lights",
        "blade runner neon", "glowing light tubes", "luminous outlines in the dark", "glowing edges", "vaporwave neon",
    ],
    "sepia": [
        "sepia", "vintage sepia photo style", "a sepia photograph", "an old sepia photo", "a vintage brown toned photograph",
        "an antique photograph from 1900", "old fashioned sepia tones", "a faded vintage photo", "nostalgic sepia film",
        "a brown old time photograph", "an old photograph", "a daguerreotype", "victorian photograph", "an antique brown photo",
        "a photo from an old family album", "a yellowed old picture", "vintage film", "19th century photography", "old-time brown photo",
    ],
    "ukiyoe": [
        "ukiyo-e", "ukiyo-e woodblock print style", "a japanese woodblock print", "a hokusai woodblock print", "hokusai",
        "a traditional japanese print", "a woodcut print in the ukiyo-e style", "hiroshige style woodblock", "hiroshige",
        "a flat japanese ukiyo-e poster", "an edo period woodblock print", "a woodcut", "japanese wood block", "ukiyo e",
        "the great wave off kanagawa", "a wood block print on old paper", "edo period art", "a carved woodblock", "ukiyoe",
    ],
    "thermal": [
        "thermal camera", "thermal camera style", "an infrared heat map", "a thermal image", "thermal vision", "infrared camera look",
        "a heat map in false colors", "predator vision", "predator like thermal vision", "an infrared thermal camera picture",
        "false color heat vision", "heat vision", "thermographic imaging", "a heatmap", "body heat camera", "infrared",
        "a thermogram", "temperature map", "thermal imaging", "warm things glow in a heat camera",
    ],
    "pointillism": [
        "pointillism", "pointillism style, colorful dots", "a pointillist painting", "a seurat painting made of dots",
        "tiny dots of paint", "a painting made of colored dots", "dotted pointillist art", "a seurat like dot painting", "seurat",
        "many small paint dots", "georges seurat", "pointillist", "round dots of pure colour", "a picture made from coloured dots",
        "dots of paint side by side", "paul signac", "stippled with colourful dots", "a dotted painting", "dot art",
    ],
    "stained": [
        "stained glass", "a stained glass window", "stained glass style", "a church window", "a cathedral window of coloured glass",
        "leaded glass panes", "colored glass with black lead lines", "a gothic stained glass window", "tiffany glass",
        "glass pieces joined by lead", "window glass mosaic", "a mosaic of coloured glass", "a mosaic", "mosaic tiles",
        "a rose window in a cathedral", "translucent glass shards", "stained-glass art", "glass mosaic", "leadlight",
    ],
    "blueprint": [
        "blueprint", "a blueprint", "blueprint style", "white lines on blue paper", "an architect's blueprint", "a technical drawing",
        "an engineering drawing on blue", "a cyanotype plan", "technical blueprint with a grid", "an architectural plan",
        "a construction plan in blue and white", "a draft on blue grid paper", "schematic diagram", "engineering schematics",
        "a patent drawing on blue", "drafting lines on blue", "blue print", "a machine plan", "cyanotype",
    ],
    "night": [
        "night vision", "night vision goggles", "night vision style", "a green night vision camera", "military night vision",
        "seen through night goggles", "green phosphor screen", "nightvision", "a low light security camera in green",
        "green scan lines", "soldier's night scope", "surveillance camera at night, green", "an image intensifier",
        "old green monitor", "green phosphor monitor", "special forces goggles", "infrared goggles in green", "night scope", "a green crt",
    ],
    "bricks": [
        "toy bricks", "built from toy bricks", "toy brick style", "lego", "lego bricks", "made of lego", "building blocks",
        "plastic building bricks", "a picture built of plastic bricks with studs", "a brick mosaic of lego", "interlocking toy blocks",
        "plastic toy blocks", "brick built", "studded plastic blocks", "toy blocks with studs", "a lego set", "built out of blocks",
        "construction toy bricks", "children's building blocks",
    ],
    "unchanged": [
        "unchanged", "the original", "the original video", "keep it unchanged", "the same image without changes", "no style",
        "an unchanged photo", "the original photo, do not change anything", "keep it as it is", "no change", "do nothing",
        "a realistic photo, unmodified", "leave it alone", "raw camera", "plain video", "no effect", "natural", "as it was filmed",
        "without any style", "nothing changed", "don't change it", "identity",
        "the video as it is", "no changes at all", "without changes", "leave the video alone", "the original video without effects",
    ],
}  # fmt: skip
"""Phrases seen in training, by style. The first of each is its name."""

CANONICAL = {
    "oil": "oil painting, vibrant colours",
    "watercolor": "watercolour on textured paper",
    "pencil": "pencil sketch with fine hatching",
    "charcoal": "charcoal drawing, high contrast",
    "cartoon": "cartoon with flat colours and bold outlines",
    "pixel": "8-bit pixel art",
    "popart": "pop art with halftone dots",
    "neon": "neon lights, glowing edges",
    "sepia": "old sepia photograph",
    "ukiyoe": "japanese woodblock print, ukiyo-e",
    "thermal": "thermal camera, heat map",
    "pointillism": "pointillism, colourful dots",
    "stained": "stained glass window",
    "blueprint": "blueprint, white lines on blue",
    "night": "night vision goggles",
    "bricks": "built from toy bricks",
    "unchanged": "unchanged",
}
"""The prompt by which a bundle's manifest offers each style."""

TITLES = {
    "oil": "oil painting", "watercolor": "watercolour", "pencil": "pencil sketch", "charcoal": "charcoal", "cartoon": "cartoon",
    "pixel": "pixel art", "popart": "pop art", "neon": "neon", "sepia": "sepia", "ukiyoe": "ukiyo-e", "thermal": "thermal camera",
    "pointillism": "pointillism", "stained": "stained glass", "blueprint": "blueprint", "night": "night vision",
    "bricks": "toy bricks", "unchanged": "unchanged",
}  # fmt: skip
"""What a button says."""

TEMPLATES = [
    "{}", "{}", "{}", "transfer this to {}", "turn this into {}", "make it look like {}", "convert the video to {}",
    "render this as {}", "apply {}", "restyle this as {}", "change the style to {}", "make this {}", "in {}",
    "stylize the frame as {}", "draw it as {}", "paint this like {}", "show it as {}", "edit: {}", "give it the look of {}",
    "recreate this scene as {}", "transform the picture into {}", "style: {}", "as {}", "like {}", "i would like {}",
    "let me see this in {}", "can you do {}", "it should look like {}", "use {} for the whole clip", "everything in {}",
    "the scene, but {}", "this street as if it were {}", "{} version of this", "{} look", "{} filter", "{} effect",
    "{} please", "what would this be as {}", "now switch to {}", "something like {}", "give me {}", "the shape of {}",
    "in the way of {}", "a kind of {}", "redo the picture as {}", "my friends want {}", "for a day, {}",
]  # fmt: skip

SUFFIXES = [
    "high quality", "please", "detailed", "beautiful", "4k", "smooth", "artistic", "keep the composition", "soft light",
    "bold", "very detailed", "masterpiece", "thank you", "for my film", "with strong contrast", "nice colours",
]  # fmt: skip

SUBJECTS = [
    "a swan on a lake", "a goat on rocks", "a man running", "a car in the street", "a woman dancing", "a camel in the sand",
    "a dog in a park", "mountains", "people walking", "a boat on the sea", "a cat", "trees and flowers", "the city", "a horse",
    "a child playing", "the kitchen", "my living room", "a bus at the crossing", "birds over a field", "a crowd in a station",
]  # fmt: skip

FILLER = (
    "a about after all also and any are around at away back be because been before both but by can come could day did do "
    "down each even every few first for from get give go good great has have he her here him his home house how i if in into is "
    "it its just keep know last let life like little live long look made make many may me more most much must my never new next "
    "nice not of off on once one only or other our out over people person place play please put quite really right said same see "
    "she should show so some still such take tell than that the their them then there these they thing think this those three "
    "through time to today together too try turn two under until up us use very walk want was way we well were what when where "
    "which while who why will with work world would year you your friend happy tree flower bird dog cat horse boat river sea "
    "mountain street car bus train sky cloud sun rain snow wind garden kitchen table chair door road bridge school family music "
    "dance run jump smile hand face eye hair shirt shoes ball bread apple coffee tea story dream hope love quiet loud fast slow"
).split()

HELD_OUT_PHRASES: dict[str, list[str]] = {
    "oil": ["a rich canvas with heavy oil brush strokes", "colourful oil paints", "van gogh's brushwork", "thick oils"],
    "watercolor": ["a pale watercolour wash", "aquarelle on textured paper", "soft wet water colours", "a washed watercolor sheet"],
    "pencil": ["a drawing made with a graphite pencil", "a black and white sketch in pencil", "pencil hatching", "a grey sketch"],
    "charcoal": ["a dark drawing in charcoal", "rough charcoal art", "black ink strokes", "a noir charcoal picture"],
    "cartoon": ["a cel shaded comic", "an anime cartoon with outlines", "cartoon animation", "comic book outlines"],
    "pixel": ["retro 8-bit pixels", "an 8 bit video game", "pixelated graphics", "blocky pixel art sprites"],
    "popart": ["a halftone warhol poster", "a bold screen print in pop art colors", "pop art dots", "pink pop poster"],
    "neon": ["a cyberpunk night with glowing lines", "cyan and magenta neon glow", "neon tubes", "glowing synthwave outlines"],
    "sepia": ["a sepia toned antique photo", "old vintage film in sepia", "a brown photograph", "faded antique sepia"],
    "ukiyoe": ["a print by hokusai", "an edo japanese woodcut", "japanese block print", "a traditional ukiyo-e picture"],
    "thermal": ["a heat vision camera", "false color infrared", "thermal heat map", "infrared thermal imaging"],
    "pointillism": ["colored dots like seurat", "a pointillist dot picture", "painted with tiny dots", "seurat's pointillism"],
    "stained": ["a window of stained glass", "coloured church glass", "leaded stained glass panes", "cathedral glass"],
    "blueprint": ["a blueprint drawing", "blue architect plan with white lines", "technical plan on blue", "an engineer's blueprint"],
    "night": ["green night vision", "goggles with night vision", "a night scope in green", "military green phosphor camera"],
    "bricks": ["bricks of lego", "a plastic toy brick build", "lego building blocks", "toy blocks with plastic studs"],
    "unchanged": ["the original image, no changes", "do not change the video", "leave the picture as it is", "unmodified original"],
}  # fmt: skip
"""Paraphrases kept out of training, for measuring."""

UNTOUCHED_PHRASES: dict[str, list[str]] = {
    "oil": ["a museum oil painting", "thick oily brush strokes", "painted with oils on a big canvas"],
    "watercolor": ["a watercolour of the seaside", "wet aquarelle colours", "washed out watercolor paper"],
    "pencil": ["draw everything with a pencil", "a soft graphite study", "pencil strokes on white"],
    "charcoal": ["burnt charcoal strokes", "inky black noir", "a sketch in charcoal"],
    "cartoon": ["like in a cartoon series", "comic style with thick outlines", "an anime scene"],
    "pixel": ["an old 8-bit console", "huge pixels", "a retro pixel game"],
    "popart": ["warhol silkscreen", "pop poster with dots", "andy warhol would print it so"],
    "neon": ["glowing neon outlines at night", "neon signs everywhere", "a tron world"],
    "sepia": ["a hundred year old photograph", "brown vintage sepia tint", "an antique sepia picture"],
    "ukiyoe": ["a woodblock by hiroshige", "old japanese print", "ukiyo-e waves"],
    "thermal": ["seen by a thermal imaging camera", "an infrared heat picture", "heat map colours"],
    "pointillism": ["made only of coloured dots", "in seurat's manner with dots", "a pointillist canvas"],
    "stained": ["church stained glass", "a glass window with lead", "colourful glass panes"],
    "blueprint": ["an architect's blueprint drawing", "technical lines on blue paper", "a white on blue construction plan"],
    "night": ["through night vision goggles", "a green night camera", "soldiers' night vision"],
    "bricks": ["everything built with lego", "plastic brick world", "a toy brick model"],
    "unchanged": ["show the camera as it is", "do nothing to the picture", "just the plain original"],
}  # fmt: skip
"""Paraphrases written when training was over, and measured once: nothing was tuned on them."""

HELD_OUT_TEMPLATES = [
    "{}", "i want this to look like {}", "please redraw the whole video as {}", "could you make the scene into {}",
    "imagine it in the form of {}", "how about {} for a change", "my grandmother would love {}", "camera 3: {}, thanks",
]  # fmt: skip

STYLES = list(PHRASES)
"""Names of all styles; the last is "unchanged"."""


def sample_prompt(style: str, rng: random.Random) -> str:
    """A random way to ask for ``style``, as training sees it."""
    if style == "unchanged" and rng.random() < 0.5:
        return _vary(_no_style(rng), rng)
    prompt = rng.choice(PHRASES[style])
    prompt = _among_filler(prompt, rng) if rng.random() < 0.4 else rng.choice(TEMPLATES).format(prompt)
    if rng.random() < 0.25:
        prompt = f"{prompt}, {rng.choice(SUFFIXES)}"
    if rng.random() < 0.3:
        subject = rng.choice(SUBJECTS)
        prompt = rng.choice([f"{prompt}, {subject}", f"{subject}, {prompt}", f"{subject} as {prompt}"])
    return _vary(prompt, rng)


def held_out_prompts(style: str) -> list[str]:
    """Every held-out phrase of ``style`` in every held-out template."""
    return [template.format(phrase) for phrase in HELD_OUT_PHRASES[style] for template in HELD_OUT_TEMPLATES]


def _no_style(rng: random.Random) -> str:
    words = " ".join(rng.choices(FILLER, k=rng.randint(1, 10)))
    return rng.choice([words, rng.choice(SUBJECTS), f"{words} {rng.choice(SUBJECTS)}"])


def _among_filler(phrase: str, rng: random.Random) -> str:
    before = rng.choices(FILLER, k=rng.randint(0, 7))
    after = rng.choices(FILLER, k=rng.randint(0, 5))
    return " ".join([*before, phrase, *after])


def _vary(prompt: str, rng: random.Random) -> str:
    """Case, full stop and now and then a typing error."""
    if rng.random() < 0.1 and len(prompt) > 6:
        place = rng.randrange(len(prompt) - 1)
        swapped = prompt[place + 1] + prompt[place]
        prompt = prompt[:place] + rng.choice(["", swapped, prompt[place] * 2]) + prompt[place + (1 if rng.random() < 0.5 else 2) :]
    if rng.random() < 0.15:
        prompt = prompt.capitalize()
    elif rng.random() < 0.08:
        prompt = prompt.upper()
    return prompt + "." if rng.random() < 0.15 else prompt
