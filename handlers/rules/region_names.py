"""Names of regions that the address data set lacks: former names, everyday names and other codes, each with its source.

A region is named by the data set's key. Spelling, accents and punctuation do not matter (`handlers.rules.regions`).
"""

OTHER_NAMES: dict[str, dict[str, str]] = {
    "AU": {"ACT": "Canberra|Jervis Bay", "SA": "South Aust.", "WA": "Western Aust.|West Australia"},
    "BR": {"DF": "Brasília|Brasília DF", "SP": "S. Paulo"},
    # Canada Post's former codes PQ and NF; names of before 2001 and 2003 (Newfoundland, Yukon Territory); traditional
    # abbreviations by the Canadian Style, section 1.09.
    "CA": {
        "AB": "Alta.",
        "BC": "Colombie Britannique",
        "MB": "Man.",
        "NL": "Newfoundland|Terre-Neuve|Labrador|NF|NFLD|Nfld. & Lab.",
        "NT": "NWT",
        "ON": "Ont.",
        "PE": "PEI|Prince Edward Is.",
        "QC": "PQ|Que.|Québec Province",
        "SK": "Sask.",
        "YT": "YK|Yukon Territory",
    },
    # ISO 3166-2:ES has codes of its own for regions of one province. Names: the provinces' own, and of before their
    # official renaming (Real Decreto 2/1992 and others).
    "ES": {
        "A": "Alicante/Alacant",
        "C": "A Coruña|La Coruña|Coruña",
        "CS": "Castellón de la Plana|Castellón/Castelló|Castelló de la Plana",
        "GC": "Gran Canaria|Las Palmas de Gran Canaria|Fuerteventura|Lanzarote",
        "GI": "Gerona",
        "L": "Lleida",
        "LO": "Rioja|Logroño|RI",
        "M": "MD",
        "MU": "MC|Murcia, Región de",
        "NA": "NC|Comunidad Foral de Navarra",
        "O": "AS|Oviedo|Asturias, Principado de",
        "OR": "Orense",
        "PM": "IB|Baleares|Mallorca|Menorca|Ibiza|Eivissa|Balearic Islands|Palma de Mallorca",
        "S": "CB|Santander",
        "SS": "Guipúzcoa|Gipuzkoa",
        "TF": "Tenerife|Sta. Cruz de Tenerife|S.C. de Tenerife|La Palma|La Gomera|El Hierro",
        "VI": "Álava|Araba/Álava|Álava-Araba",
        "BI": "Bizkaia|Biscay",
    },
    # Former names: Orissa (Alteration of Name) Act 2011, Pondicherry (Alteration of Name) Act 2006, Uttaranchal
    # (Alteration of Name) Act 2006, the merger of two territories by Act 44 of 2019; New Delhi is the National Capital
    # Territory by the 69th Amendment. Codes CG, OD, TS and UK: vehicle registration, ISO 3166-2:IN since 2023.
    "IN": {
        "Andaman and Nicobar Islands": "Andaman and Nicobar|Andaman|A&N Islands",
        "Chhattisgarh": "CG|Chattisgarh|Chhatisgarh",
        "Dadra and Nagar Haveli and Daman and Diu": "DN|DD|DNHDD|DNH|Dadra and Nagar Haveli|Daman and Diu|Daman|Diu",
        "Delhi": "New Delhi|NCT|NCT Delhi|Delhi NCT|NCT of Delhi|Delhi NCR|National Capital Territory of Delhi",
        "Jammu and Kashmir": "J&K|Jammu|Kashmir",
        "Lakshadweep": "Laccadive, Minicoy and Amindivi Islands",
        "Odisha": "OD|Orissa",
        "Puducherry": "Pondicherry|Pondy",
        "Tamil Nadu": "Madras State|Tamilnad",
        "Telangana": "TS|Telengana",
        "Uttarakhand": "UK|UA|Uttaranchal",
        "Karnataka": "Mysore State",
        "West Bengal": "Paschim Banga|Bengal",
    },
    # English and German names of cities with their provinces; provinces of Sardinia of 2005 to 2016 (Regional Law 2 of
    # 2016); the codes PS and FO of before 1999.
    "IT": {
        "AO": "Valle d'Aosta|Vallée d'Aoste|Aosta Valley",
        "BZ": "Bozen|Alto Adige|Südtirol|South Tyrol|Bolzano/Bozen",
        "FC": "FO|Forlì",
        "FI": "Florence",
        "GE": "Genoa",
        "LI": "Leghorn",
        "MB": "Monza|Monza e della Brianza|Brianza",
        "MI": "Milan",
        "MN": "Mantua",
        "MS": "Massa|Carrara|Massa e Carrara",
        "NA": "Naples",
        "NU": "OG|Ogliastra",
        "PD": "Padua",
        "PU": "PS|Pesaro|Urbino",
        "RC": "Reggio di Calabria",
        "RE": "Reggio nell'Emilia",
        "RM": "Rome|Roma Capitale",
        "SR": "Syracuse",
        "SS": "OT|Olbia-Tempio|Olbia",
        "SU": "CI|VS|Carbonia-Iglesias|Medio Campidano|South Sardinia",
        "TN": "Trentino|Trient",
        "TO": "Turin",
        "VB": "Verbania",
        "VE": "Venice",
    },
    # The Federal District became Mexico City by the reform of 29 January 2016. Long forms: the states' constitutions.
    "MX": {
        "CDMX": "Cdad. de México|DF|Distrito Federal|México DF|México CDMX|Mexico City|Cd. de México|DIF",
        "Coah.": "Coahuila",
        "Méx.": "México|Edomex|Edo. Méx.|Edo. de México|State of Mexico",
        "Mich.": "Michoacán|Michoacán de Ocampo",
        "N.L.": "Nvo. León|N. León",
        "Qro.": "Querétaro de Arteaga|Querétaro Arteaga",
        "Q.R.": "Q. Roo|QRoo",
        "S.L.P.": "San Luis",
        "Ver.": "Veracruz|Veracruz de Ignacio de la Llave|Veracruz-Llave",
        "B.C.": "Baja California Norte|BCN",
    },
    # Traditional abbreviations: U.S. GPO Style Manual 9.13 and the Associated Press's. Military states: USPS
    # Publication 28, appendix B.
    "US": {
        "AA": "Armed Forces Americas|Armed Forces America|APO AA|FPO AA|DPO AA",
        "AE": (
            "Armed Forces Europe|Armed Forces Africa|Armed Forces Canada|Armed Forces Middle East|APO AE|FPO AE|DPO AE"
        ),
        "AP": "Armed Forces Pacific|APO AP|FPO AP|DPO AP",
        "AL": "Ala.",
        "AZ": "Ariz.",
        "AR": "Ark.",
        "CA": "Calif.|Cal.",
        "CO": "Colo.",
        "CT": "Conn.",
        "DE": "Del.",
        "DC": "Washington DC|Washington District of Columbia|Wash. DC|District of Colombia",
        "FL": "Fla.",
        "FM": "Federated States of Micronesia|Fed. States of Micronesia",
        "ID": "Ida.",
        "IL": "Ill.",
        "IN": "Ind.",
        "KS": "Kans.|Kan.",
        "KY": "Kent.|Ken.",
        "MA": "Mass.",
        "MI": "Mich.",
        "MN": "Minn.",
        "MS": "Miss.",
        "MT": "Mont.",
        "MP": "CNMI|Northern Marianas|N. Mariana Islands",
        "NE": "Nebr.|Neb.",
        "NV": "Nev.",
        "NM": "N. Mex.",
        "NC": "N. Car.|N. Carolina",
        "ND": "N. Dak.|N. Dakota",
        "OK": "Okla.",
        "OR": "Ore.|Oreg.",
        "PA": "Penn.|Penna.",
        "SC": "S. Car.|S. Carolina",
        "SD": "S. Dak.|S. Dakota",
        "TN": "Tenn.",
        "TX": "Tex.",
        "VI": "US Virgin Islands|USVI|United States Virgin Islands",
        "WA": "Wash.",
        "WV": "W. Va.|W. Virginia",
        "WI": "Wis.|Wisc.",
        "WY": "Wyo.",
    },
}

LISTED: dict[str, dict[str, str]] = {
    # ISO 3166-2:CH, in German, French, Italian, Romansh and English. The names that Commerce has come first.
    "CH": {
        "AG": "Aargau|Argovie|Argovia",
        "AI": "Appenzell Innerrhoden|Appenzell Rhodes-Intérieures|Appenzello Interno",
        "AR": "Appenzell Ausserrhoden|Appenzell Rhodes-Extérieures|Appenzello Esterno",
        "BE": "Bern|Berne|Berna",
        "BL": "Basel-Landschaft|Baselland|Bâle-Campagne|Basilea Campagna",
        "BS": "Basel-Stadt|Bâle-Ville|Basilea Città",
        "FR": "Friburg|Freiburg|Fribourg|Friburgo",
        "GE": "Geneva|Genf|Genève|Ginevra",
        "GL": "Glarus|Glaris|Glarona",
        "GR": "Graubünden|Grisons|Grigioni|Grischun",
        "JU": "Jura|Giura",
        "LU": "Lucerne|Luzern|Lucerna",
        "NE": "Neuchâtel|Neuenburg",
        "NW": "Nidwalden|Nidwald|Nidvaldo",
        "OW": "Obwalden|Obwald|Obvaldo",
        "SG": "St. Gallen|Sankt Gallen|Saint-Gall|San Gallo",
        "SH": "Schaffhausen|Schaffhouse|Sciaffusa",
        "SO": "Solothurn|Soleure|Soletta",
        "SZ": "Schwyz|Schwytz|Svitto",
        "TG": "Thurgau|Thurgovie|Turgovia",
        "TI": "Ticino|Tessin",
        "UR": "Uri",
        "VD": "Vaud|Waadt",
        "VS": "Wallis|Valais|Vallese",
        "ZG": "Zug|Zoug|Zugo",
        "ZH": "Zürich|Zurich|Zurigo|Zuerich",
    },
}
"""Regions that Commerce lists, of countries of which the address data set has none, because addresses lack them."""

LARGER_REGIONS: dict[str, str] = {
    # Autonomous communities of more than one province: ISO 3166-2:ES, and their own and English names.
    "ES": (
        "Andalucía|Andalusia|Aragón|Canarias|Islas Canarias|Canary Islands|Castilla y León|Castile and León|"
        "Castilla-La Mancha|Cataluña|Catalunya|Catalonia|Comunidad Valenciana|Comunitat Valenciana|"
        "Valenciana, Comunidad|C. Valenciana|País Valencià|Extremadura|Galicia|Galiza|País Vasco|Euskadi|"
        "Basque Country|AN|AR|CN|CL|CM|CT|EX|GA|PV"
    ),
    # Regions of more than one province: ISO 3166-2:IT, and their English names.
    "IT": (
        "Abruzzo|Basilicata|Lucania|Calabria|Campania|Emilia-Romagna|Friuli-Venezia Giulia|Lazio|Latium|Liguria|"
        "Lombardia|Lombardy|Marche|Molise|Piemonte|Piedmont|Puglia|Apulia|Sardegna|Sardinia|Sicilia|Sicily|Toscana|"
        "Tuscany|Trentino-Alto Adige|Trentino-Südtirol|Umbria|Veneto"
    ),
}
"""Names of regions of several provinces, where Commerce takes provinces: the postal code decides which."""
