import json, sys, mutagen
ID3 = {"TIT2": "TITLE", "TPE1": "ARTIST", "TALB": "ALBUM", "TPE2": "ALBUMARTIST", "TDRC": "DATE", "TCON": "GENRE",
       "TSRC": "ISRC", "TCOM": "COMPOSER", "TEXT": "LYRICIST", "TPUB": "LABEL", "TCOP": "COPYRIGHT"}
MP4 = {"\xa9nam": "TITLE", "\xa9ART": "ARTIST", "\xa9alb": "ALBUM", "aART": "ALBUMARTIST", "\xa9day": "DATE",
       "\xa9gen": "GENRE", "\xa9wrt": "COMPOSER", "cprt": "COPYRIGHT"}
file = mutagen.File(sys.argv[1])
out, picture = {}, False
for key, value in file.tags.items():
    name = key.split(":")[0]
    if name == "APIC" or name == "covr":
        picture = True
    elif name == "metadata_block_picture":
        picture = True
    elif key.startswith("TXXX:"):
        out[key[5:].upper()] = str(value.text[0])
    elif key.startswith("COMM:"):
        out[key.split(":")[1]] = str(value.text[0])
    elif key.startswith("----:com.apple.iTunes:"):
        out[key.split(":")[2]] = bytes(value[0]).decode()
    elif key == "TRCK":
        number, total = str(value.text[0]).split("/")
        out["TRACKNUMBER"], out["TRACKTOTAL"] = number, total
    elif key == "trkn":
        out["TRACKNUMBER"], out["TRACKTOTAL"] = map(str, value[0])
    elif key in ID3:
        out[ID3[key]] = str(value.text[0])
    elif key in MP4:
        out[MP4[key]] = str(value[0])
    elif isinstance(value, list):
        out[key.upper()] = str(value[0])
out["picture"] = str(picture or bool(getattr(file, "pictures", [])))
print(json.dumps(out))
