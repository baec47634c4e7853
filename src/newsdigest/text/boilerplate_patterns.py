"""
The patterns by which `boilerplate` knows headings, lines, datelines and duty notices.

ABOUT, CONTACT, LEGAL, MORE, LINE and PROFILE are matched against lower-case text: patterns that ignore case
cost five times as much. They grow by examples: every alternative has met a real or likely text.
"""

from __future__ import annotations

import re

ABOUT = re.compile(
    r"(?:(?:über|ueber|about)\s+(?:(?:the|die|den|das|der|dem)\s+)?(?!\d|uns hinaus)[\w&„\"'].{0,70}"
    r"|.{2,60}\s+(?:im (?:profil|überblick|porträt)|at a glance|in brief)"
    r"|(?:unternehmens|firmen|kurz)(?:profil|portr(?:ä|ae)t|beschreibung)(?:\b.{0,60})?"
    r"|hintergrund(?: ?information(?:en)?)? zu(?:m|r)? (?:unternehmen|verband|verein|institut).{0,40}"
    r"|company (?:profile|background|information)|boilerplate|wer wir sind|who we are|über uns|about us"
    r"|zur person|zum unternehmen|zum verband)\s*:?"
)
CONTACT = re.compile(
    r"(?:(?:ihr(?:e)? |unser(?:e)? )?(?:presse|medien|unternehmens|fach|wissenschaftliche[rs]? "
    r"|investor )?-?(?:kontakt(?:e|daten|adresse|person)?|ansprechpartner(?:in|innen|\*in|:in)?"
    r"|ansprechperson(?:en)?|r(?:ü|ue)ckfragen|anfragen)"
    r"(?: (?:für|bei|an|und|zur|zum|pressestelle|presse|medien|redaktion|journalist).{0,60})?|(?:media"
    r"|press|investor|company|scientific|editorial|corporate"
    r"|pr)?[ -]?(?:relations )?contacts?(?: (?:for|us|person|information|details).{0,40})?"
    r"|(?:weitere|nähere) (?:auskünfte|ansprechpartner).{0,50}|pressestelle|herausgeber(?:in)?"
    r"|redaktion|media inquiries|for (?:further|more) information(?:,? please contact)?|contact us"
    r"|(?:mit |viele |beste |herzliche |schöne |liebe )?(?:freundlichen |besten |herzlichen "
    r"|kollegialen )?gr(?:ü|ue)(?:ß|ss)en?(?: aus .{2,30})?,?|(?:best|kind|warm) regards,?"
    r"|(?:yours )?sincerely,?)\s*:?"
)
LEGAL = re.compile(
    r"(?:(?:note on |regarding |cautionary (?:statement"
    r"|note).{0,40})?forward[- ]looking statements?.{0,60}|zukunftsgerichtete aussagen.{0,40}"
    r"|zukunftsbezogene aussagen.{0,40}|safe harbou?r.{0,60}"
    r"|(?:legal |important )?disclaimer|haftungsausschluss|rechtliche(?:r)? hinweise?"
    r"|important (?:notice|information)|wichtige(?:r)? hinweise?|risikohinweis|additional features:?"
    r"|(?:kontakt|vertraulichkeit)shinweis|confidentiality notice)\s*:?"
)
MORE = re.compile(
    r"(?:weitere informationen|weiterf(?:ü|ue)hrende (?:links|informationen)|mehr (?:informationen"
    r"|infos|zum thema|dazu)|links?|downloads?|siehe auch|see also|related(?: (?:links|posts|articles"
    r"|news|content))?"
    r"|(?:further|more) information|read more|das könnte sie auch interessieren|ähnliche (?:beiträge"
    r"|artikel|meldungen)|weitere (?:meldungen|artikel|beiträge|nachrichten|news|links)|bildmaterial"
    r"|pressebilder|anh(?:a|ä)nge?|quellen?|sources?|teilen|share(?: this)?(?: (?:post|article))?)\s*:?"
)
# Lines that are boilerplate wherever they stand.
LINE = re.compile(
    r"(?:"
    r"(?:bild(?:unterschrift|text|quelle|nachweis|rechte|er)?|foto(?:s|credits?|nachweis)?"
    r"|photos?(?: credits?| by)?|picture|image(?: credits?| source)?|grafik|abbildung|abb\.|caption"
    r"|video|quelle|source|credits?|copyright|urheber(?:recht)?)\s*(?:\d{1,2}\s*)?(?::|/|©).{0,400}"
    r"|(?:©|\(c\)|&copy;|foto ©|fotos? ©|bild ©).{0,200}"
    r"|\(?(?:foto|photo|bild|grafik|picture)s?\s*:\s*[^)]{1,200}\)?\.?"
    r"|(?:the post|der beitrag|l'article|der artikel) .{1,300} (?:appeared first on|erschien zuerst auf"
    r"|est apparu en premier sur|erschien zuerst bei|ist zuerst erschienen auf).{0,120}"
    r"|(?:continue reading|weiterlesen|weiter lesen|mehr lesen|mehr erfahren|mehr dazu|read more"
    r"|read the full (?:story|article)|learn more|jetzt lesen|den (?:ganzen|vollständigen) (?:artikel"
    r"|beitrag) lesen|zum (?:artikel|beitrag|original(?:artikel)?)|lesen sie mehr|hier weiterlesen"
    r"|find out more|zur pressemitteilung|alle (?:news|meldungen|nachrichten|termine))\b.{0,120}"
    r"|(?:siehe auch|see also|lesen sie auch|auch interessant|mehr zum thema)\b.{0,200}"
    r"|(?:weitere|mehr|n(?:ä|ae)here) (?:informationen|infos|details)(?: (?:zu|zum|zur|über|unter"
    r"|finden|gibt|erhalten|sind|auf|hier|und|im|in)\b.{0,250}|:.{0,250})|(?:for )?(?:more"
    r"|further) information(?: (?:about|on|at|is available|can be found|please|visit|see)\b.{0,250}"
    r"|[,:].{0,250})"
    r"|(?:zurück|back|teilen|drucken|merken|share|tweet|twittern|print|e-?mail|nach oben|to top"
    r"|vorlesen|kommentare?(?: \(\d+\))?|\d+ kommentare?|no comments|kommentar hinterlassen"
    r"|leave a comment|flattr|whatsapp|facebook|twitter|linkedin|xing|instagram|teilen auf.{0,60}"
    r"|share (?:on|via|this).{0,60}|pdf(?:-| )(?:version|download).{0,40}|als pdf.{0,60}"
    r"|download.{0,60}\(?pdf\)?.{0,40})(?: zur übersicht| to overview| to list| zur startseite|)[\s"
    r"|>»]*"
    r"|(?:zurück|back) (?:zu|zur|to)\b.{0,60}"
    r"|\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\."
    r"|(?:wir (?:verwenden|nutzen|setzen) .{0,40}cookies|diese (?:web)?seite (?:verwendet"
    r"|nutzt) .{0,20}cookies|this (?:web)?site uses .{0,20}cookies|we use cookies|alle akzeptieren"
    r"|accept all|cookie-einstellungen|zum (?:haupt)?inhalt springen|skip to (?:main )?content"
    r"|ältere (?:einträge|beiträge|artikel)|neuere (?:einträge|beiträge)|older (?:posts|entries)"
    r"|newer posts|menü|navigation|suche|sie (?:sind|befinden sich) hier|you are here|stand des profils"
    r"|profil(?:e)? (?:zuletzt )?(?:aktualisiert|updated)|letzte (?:ä|ae)nderung|zuletzt (?:ge(?:ä"
    r"|ae)ndert|aktualisiert|bearbeitet)|last (?:updated?|modified|changed)|seite (?:\d+ (?:von|/) \d+"
    r"|drucken|teilen)|page \d+ of \d+).{0,200}"
    r"|(?:the issuer is solely responsible|der emittent ist (?:allein|für den inhalt)"
    r"|für den inhalt (?:der mitteilung )?ist (?:der|die|das) (?:emittent|aussender|unternehmen)"
    r"|dissemination of a|veröffentlichung einer (?:corporate news|mitteilung|ad[- ]hoc|insiderinformation)"
    r"|disclosure of (?:an )?inside information|the (?:eqs"
    r"|dgap) distribution services|die eqs distributionsservices|archive (?:at|unter)"
    r"|medienarchiv unter|end of (?:corporate news|announcement|inside information|news)"
    r"|ende der (?:mitteilung|insiderinformation)|\d\d\.\d\d\.\d{4}(?: \d\d:\d\d)? ce(?:s)?t/cest"
    r"|this (?:translation|press release) (?:is|was) (?:provided|a translation|translated)"
    r"|(?:dies ist eine|bei dieser) übersetzung|the (?:original|german) (?:version|text"
    r"|source-language text) .{0,80}(?:authoritative|binding|prevail|official)|maßgeblich ist (?:die"
    r"|der) (?:deutsche|originalsprach|englische)|die ausgangssprache .{0,120}|diese (?:e-?mail"
    r"|nachricht) (?:enthält|kann|und|ist).{0,60}(?:vertraulich|adressaten)|this e-?mail (?:and|may"
    r"|contains|is).{0,80}confidential|die in dieser e-?mail enthaltenen).{0,800}"
    r"|(?:isin|wkn|lei(?: code)?|börsen|stock exchanges?|listed|indices|indizes|ticker|news[- ]id"
    r"|eqs news id|dgap|key ?words?(?:\(s\))?|schlagwort(?:\(e\)|e)?|stichworte?|language|sprache"
    r"|company|unternehmen|internet|phone|fax|telefon|telefax|tel|e-?mail|mobil|web(?:site|seite)?|www"
    r"|ust-?id.{0,20}|amtsgericht.{0,40}|registergericht|handelsregister.{0,30}|geschäftsführer(?:in"
    r"|innen)?|vorstand|sitz der gesellschaft|steuernummer)\s*[.:]\s.{0,250}"
    r"|(?:eqs|dgap|pta|news)[- ](?:news|adhoc|ad-hoc|cms|media)?\s?: .{0,200}/\s*(?:key ?word"
    r"|schlagwort|stichwort).{0,200}"
    r"|(?:tel(?:efon)?|fax|phone|mobil|t|f)\.?\s*:?\s*\+?[\d /()–-]{6,}.{0,60}"
    r"|(?:https?://|www\.)\S+"
    r"|#\w+(?:[ ,]+#\w+)*"
    r"|(?:sehr geehrte|liebe[rs]?|hallo|guten tag|guten morgen|dear|hello)\b[^.!?]{0,120}[,!]"
    r"|(?:anbei|im anhang|hiermit|attached)\b.{0,40}(?:mitteilung|meldung|information|release|pm"
    r"|text)\b.{0,200}"
    r"|\W*(?:sperrfrist|embargo(?:ed)?|frei ab|zur veröffentlichung ab)\b.{0,200}"
    r"|(?:zur sofortigen veröffentlichung|for immediate release|pressemitteilung|presseinformation"
    r"|medieninformation|press release|news release)(?: (?:nr\.?|no\.?|vom|from) .{0,40})?"
    r"|(?:\d{1,2}\.\d{1,2}\.\d{4},? )?(?:\d{1,2}[:.]\d\d(?: uhr)?)? ?[—–|-]? ?(?:erstveröffentlichung"
    r"|\d+\. version)\b.{0,80}"
    r")"
)
# "Liebe Frau Muster," on a line of its own: behind the comma German goes on in lower case.
GREETING = re.compile(
    r"^\s*(?:sehr geehrte|liebe[rs]?|hallo|guten (?:tag|morgen)|dear|hello)\b[^.!?\n]{0,120},\s*$",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESSED = re.compile(r"\b(?:Sie|Ihnen|Ihre?[nmrs]?|euch|you|your)\b")
# Two more of them, apart because a glance tells that they cannot match.
FILE_ENDING = re.compile(r"\.(?:jpe?g|png|gif|tiff?|webp|svg|eps|mp4)")
FILE_NAME = re.compile(
    r"(?:[-•*]\s*)?[\w%.+()-]{1,80}(?: [\w.()-]{1,40}){0,5}\.(?:jpe?g|png|gif|tiff?|webp|svg|eps"
    r"|mp4)(?:\s*\([^)]{0,40}\))?"
)
ADDRESS = re.compile(r"\S+@[\w.-]+\.[a-z]{2,6}")
CAPTION = re.compile(
    r"v\. ?[lr]\. ?(?:n\. ?[rl]\.|i\. ?u\.)|\(v\. ?l\.\)|\((?:from )?(?:left to right|l\. ?to r\.)"
    r"|(?:from )?left to right\s?:"
)
CREDIT_IN_TEXT = re.compile(
    r"\s?\((?:foto|photo|bild|grafik|picture|image|quelle|copyright"
    r"|©)s?\s?(?:credit)?\s?[:©/]\s?[^()]{1,120}\)",
    re.IGNORECASE,
)
REACH = re.compile(
    r"\btel(?:efon|\.)|\bfon\b|\bphone\b|\+49|\(0\)|\S@\S+\.\w|\bwww\.|\bfax\b|\bmobil\b|https?://",
    re.IGNORECASE,
)
PROFILE = re.compile(
    r"\b(?:(?:ist|sind|is|are|as|gilt als|zählt zu|ranks among)\b[^.]{0,40}?(?:\b(?:ein|eine|einer"
    r"|eines|der|die|das|a|an|the|one of|den|deren|weltweit)\b)[^.]{0,80}?(?:\b(?:führend\w*|leading"
    r"|größte\w*|largest|anbieter|provider|hersteller|manufacturer|unternehmen|company|verband|verein"
    r"|association|netzwerk|network|dachverband|spezialist\w*|specialist|institut|institute|einrichtung"
    r"|interessenvertretung|zusammenschluss|dienstleister|entwickler|developer|startup|start-up"
    r"|biotech\w*|cluster)\b)"
    r"|(?:wurde|was|wurden) [^.]{0,60}?(?:gegründet|founded|established|formed)|gegründet (?:im jahr|in"
    r"|19|20)|founded in|established in|mit (?:haupt)?sitz in|headquartered in|based in"
    r"|beschäftigt (?:rund|etwa|derzeit|über|ca|mehr als)?|employs|vertritt (?:die|rund|mehr|über)"
    r"|represents (?:the|more|over|around)|mitglieder(?:n|unternehmen)?\b[^.]{0,60}\b(?:zählen|gehören"
    r"|vereint)|bündelt die interessen)"
)
NOTICE = re.compile(
    r"(?:(?:mit|ko|co)-?\s?finanzier\w*|(?:finanziell )?gefördert|fördert|unterst(?:ü|ue)tzt"
    r"|finanziert)\b.{0,160}?(?:steuermittel\w*|haushalt\w*|landtag\w*|europäische[rn]? (?:union|fonds"
    r"|kommission)|\bEFRE\b|\bESF\b|\bJTF\b|freistaat\w* sachsen|horizon|\bNextGenerationEU\b)"
    r"|(?:steuermittel\w*|europäische[rn]? (?:union|fonds)|\bEFRE\b|\bESF\b).{0,160}?(?:(?:mit|ko"
    r"|co)-?\s?finanzier\w*|gefördert)"
    r"|(?:co-?\s?(?:financed|funded)|financed|funded)\b.{0,160}?(?:tax (?:funds|revenue|money)|taxes"
    r"|budget|state parliament|european (?:union|regional|social|fund|commission)|\bERDF\b|\bESF\b"
    r"|horizon europe|free state of saxony|saxon)"
    r"|this project has received funding from the european.{0,200}",
    re.IGNORECASE | re.DOTALL,
)
# In UTF-8, as `bytes.lower` leaves it: it knows ASCII only. The part that several share is looked for first.
VERSION_NOTE = re.compile(
    r"(?:\d{1,2}\.\s?\d{1,2}\.\s?\d{4}|\d{4}-\d\d-\d\d)(?:,?\s\d{1,2}[:.]\d\d(?:\sUhr)?)?\s*[-–—|:,]\s*"
    r"(?:\d+\.\s?(?:Version|Fassung)|Version\s\d|Erstveröffentlichung|First\s(?:published|release)|Update|Korrektur)\b",
    re.IGNORECASE,
)
NOTICE_MARKS = {
    part.encode(): tuple(mark.encode() for mark in marks)
    for part, marks in {
        "finan": ("finanziert", "financed"),
        "fund": ("funded", "received funding"),
        "steuermittel": ("steuermittel",),
        "rdert": ("gefördert", "gefÖrdert"),
        "unterst": ("unterstützt", "unterstÜtzt"),
    }.items()
}
NOTICE_OPENING = re.compile(
    r"\W*(?:dies(?:e|es|er)?|das|die|der|mitfinanziert|kofinanziert|gefördert|finanziert|the|this|these"
    r"|co-?financed|co-?funded|funded|financed)\b(?:\W+[\w-]+){0,9}?\W*"
    r"(?:(?:wird|werden|wurde|wurden|ist|is|was|are|were|has|have)\b|\bdurch\b|\bmit\b|\bby\b|\bvon\b"
    r"|\bwith\b|\Z)",
    re.IGNORECASE,
)
PLACE = (
    r"(?!(?:Der|Die|Das|Am|Im|The|On|In|Ein|Eine|Vom|Bis|Ab|Seit)\b)[A-ZÄÖÜ][\w.'’-]*"
    r"(?:[ /-](?:(?:am|an der|an|in|im|on|bei|ob der|a\.|d\.)[ ])?\(?[A-ZÄÖÜ][\w.'’)-]*){0,4}"
)
AGENCY = r"(?:\s*[(/]{1,2}\s*(?:[\w .&-]{2,40})\s*[)/]{1,2})?"
DAY = (
    r"(?:(?:den |on )?\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)"
    r"|(?:den )?\d{1,2}\.\s?[A-Za-zäöüÄÖÜ]{3,9}\.?,?(?:\s\d{4})?|[A-Z][a-z]{2,8}\.?\s\d{1,2}(?:st|nd|rd"
    r"|th)?(?:,?\s\d{4})?|\d{1,2}(?:st|nd|rd|th)?\s[A-Z][a-z]{2,8}\.?\s\d{4}"
    r"|\d{4}-\d\d-\d\d)"
)
DATELINE = re.compile(
    rf"\s*\(?(?:(?P<place>{PLACE}"
    rf"(?:,\s{PLACE}){{0,2}}){AGENCY}\s*,?\s+)?\(?(?P<day>{DAY})\)?{AGENCY}\s*(?:[-–—:/"
    rf"|.]+\s+|\n+|(?<=\))\s+)"
)
PLACE_ONLY = re.compile(
    rf"\s*(?:(?P<agency>{PLACE}\s?\((?:dpa|idw|ots|pm|presseportal|epd|dapd|afp|dpa-[\w/-]+"
    rf"|[\w ]{{2,30}}(?:wire|newswire))[\w/ -]*\)\s?[-–—.:]*\s+)"
    rf"|(?P<bare>[A-ZÄÖÜ][\w-]+(?:[ /][A-ZÄÖÜ][\w-]+)?(?:,\s[A-ZÄÖÜ][\w-]+)?)\s[–—]\s(?=[A-ZÄÖÜ„\"]))"
)
# No abbreviation ("Prof. Dr. …"), no list ("Dresden. Leipzig. …"): a sentence of several words follows.
PLACE_STOP = re.compile(
    r"\s*(?!(?:Prof|Dr|Frau|Herr|Hrn|Nr|No|St|Mr|Mrs|Ms|Art|Abb|Fig|Sept|Okt|Nov|Dez|Oct|Dec|Feb|Aug|Jan)\.)"
    r"[A-ZÄÖÜ][a-zäöüß]{2,}(?:[ -](?:an der |am |im )?[A-ZÄÖÜ][a-zäöüß]{2,})?\.[ ]"
    r"(?=[A-ZÄÖÜ„\"][^\s.!?]*(?:[ ,:][^\s.!?]+){3})"
)
NO_PLACE = frozenset(
    [
        "fazit",
        "hintergrund",
        "neu",
        "aktuell",
        "update",
        "termin",
        "hinweis",
        "wichtig",
        "info",
        "interview",
        "kommentar",
        "studie",
        "projekt",
        "medizin",
        "forschung",
        "news",
        "event",
        "save",
        "jetzt",
    ]
)
