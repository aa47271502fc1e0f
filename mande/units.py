"""The words of units in French and Spanish, in one place.

Definitions write units in English (`LCU/household/year`, `share of workers`); whoever shows one asks here.
Symbols and currencies stay as they are.
"""

from __future__ import annotations

from functools import cache

from mande.errors import Language, Text

LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")
_SYMBOLS = frozenset({"LCU", "USD", "kg", "ha", "km"})
_WORDS = (
    Text("100,000 workers", "100 000 travailleurs", "100 000 trabajadores"),
    Text("200,000 hours", "200 000 heures", "200 000 horas"),
    Text("FTE", "ETP", "ETC"),
    Text(
        "LCU per international dollar",
        "LCU par dollar international",
        "LCU por dólar internacional",
    ),
    Text(
        "LCU per unit of foreign currency",
        "LCU par unité de devise étrangère",
        "LCU por unidad de moneda extranjera",
    ),
    Text("adult equivalent", "équivalent adulte", "adulto equivalente"),
    Text("adult equivalents", "équivalents adultes", "adultos equivalentes"),
    Text("base period = 100", "période de base = 100", "período base = 100"),
    Text("buyers", "acheteurs", "compradores"),
    Text("chains", "filières", "cadenas"),
    Text("channels", "canaux", "canales"),
    Text("class", "classe", "clase"),
    Text("class of employees", "classe de salariés", "clase de empleados"),
    Text("count", "nombre", "número"),
    Text("day", "jour", "día"),
    Text("days", "jours", "días"),
    Text("employee", "salarié", "empleado"),
    Text("employees", "salariés", "empleados"),
    Text("functions", "fonctions", "funciones"),
    Text("hour", "heure", "hora"),
    Text("hours", "heures", "horas"),
    Text("household", "ménage", "hogar"),
    Text("index", "indice", "índice"),
    Text("index 0-1", "indice 0-1", "índice 0-1"),
    Text("injuries", "accidents", "lesiones"),
    Text("injury", "accident", "lesión"),
    Text("international dollar", "dollar international", "dólar internacional"),
    Text("kg per kg exported", "kg par kg exporté", "kg por kg exportado"),
    Text("kg per kg sold at retail", "kg par kg vendu au détail", "kg por kg vendido al por menor"),
    Text("kinds of assets", "types de biens", "tipos de bienes"),
    Text("log LCU", "logarithme de LCU", "logaritmo de LCU"),
    Text("log points", "points logarithmiques", "puntos logarítmicos"),
    Text("million hours", "million d'heures", "millón de horas"),
    Text("minutes", "minutes", "minutos"),
    Text("month", "mois", "mes"),
    Text("months", "mois", "meses"),
    Text("pay", "paie", "pago"),
    Text("people", "personnes", "personas"),
    Text("per 100 items", "pour 100 articles", "por cada 100 artículos"),
    Text("percent", "pour cent", "por ciento"),
    Text("percentage points", "points de pourcentage", "puntos porcentuales"),
    Text("person", "personne", "persona"),
    Text("piece", "pièce", "pieza"),
    Text("pieces", "pièces", "piezas"),
    Text("points", "points", "puntos"),
    Text("protections of 7", "protections sur 7", "protecciones de 7"),
    Text("ratio", "rapport", "razón"),
    Text("score -1 to 1", "score de -1 à 1", "puntaje de -1 a 1"),
    Text("score -2 to 2", "score de -2 à 2", "puntaje de -2 a 2"),
    Text("score 0-1", "score 0-1", "puntaje 0-1"),
    Text("score 0-3", "score 0-3", "puntaje 0-3"),
    Text("season", "campagne", "campaña"),
    Text("services", "services", "servicios"),
    Text("share", "part", "proporción"),
    Text("sign -1, 0 or 1", "signe -1, 0 ou 1", "signo -1, 0 o 1"),
    Text("signs of 11", "signes sur 11", "signos de 11"),
    Text("sources", "sources", "fuentes"),
    Text("squared share of the line", "part du seuil au carré", "proporción de la línea al cuadrado"),
    Text("types", "types", "tipos"),
    Text("visits", "visites", "visitas"),
    Text("week", "semaine", "semana"),
    Text("weeks", "semaines", "semanas"),
    Text("year", "an", "año"),
    Text("years", "ans", "años"),
)
_OF = (
    Text("24 hours", "de 24 heures", "de 24 horas"),
    Text(
        "adults of farming households",
        "des adultes de ménages agricoles",
        "de los adultos de hogares agrícolas",
    ),
    Text("board members", "des membres du conseil", "de los miembros de la junta"),
    Text("children", "des enfants", "de los niños"),
    Text("complaints", "des plaintes", "de las quejas"),
    Text("costs", "des coûts", "de los costos"),
    Text(
        "covered piece workers",
        "des travailleurs à la pièce couverts",
        "de los trabajadores a destajo cubiertos",
    ),
    Text("couples", "des couples", "de las parejas"),
    Text("covered workers", "des travailleurs couverts", "de los trabajadores cubiertos"),
    Text(
        "eligible households outside at the baseline",
        "des ménages éligibles hors de la filière au départ",
        "de los hogares elegibles fuera en la línea de base",
    ),
    Text("eligible members", "des membres éligibles", "de los miembros elegibles"),
    Text("employees", "des salariés", "de los empleados"),
    Text("entitled employees", "des salariés ayants droit", "de los empleados con derecho"),
    Text("final value", "de la valeur finale", "del valor final"),
    Text("firms", "des entreprises", "de las empresas"),
    Text("firms assessed", "des entreprises évaluées", "de las empresas evaluadas"),
    Text("gross cash pay", "du salaire brut en espèces", "del pago bruto en efectivo"),
    Text("harvest", "de la récolte", "de la cosecha"),
    Text("households", "des ménages", "de los hogares"),
    Text(
        "households inside at the baseline",
        "des ménages dans la filière au départ",
        "de los hogares dentro en la línea de base",
    ),
    Text(
        "households that entered 12 months ago or earlier",
        "des ménages entrés il y a 12 mois ou plus",
        "de los hogares que entraron hace 12 meses o más",
    ),
    Text(
        "households that entered 24 months ago or earlier",
        "des ménages entrés il y a 24 mois ou plus",
        "de los hogares que entraron hace 24 meses o más",
    ),
    Text("households that entered", "des ménages entrés", "de los hogares que entraron"),
    Text("households that left", "des ménages sortis", "de los hogares que salieron"),
    Text(
        "households that wanted credit",
        "des ménages qui voulaient un crédit",
        "de los hogares que querían crédito",
    ),
    Text("income", "du revenu", "del ingreso"),
    Text("leaders", "des dirigeants", "de los dirigentes"),
    Text("managers", "des cadres", "de los gerentes"),
    Text("members", "des membres", "de los miembros"),
    Text("payments", "des paiements", "de los pagos"),
    Text("persons", "des personnes", "de las personas"),
    Text("piece workers", "des travailleurs à la pièce", "de los trabajadores a destajo"),
    Text("points", "des points", "de los puntos"),
    Text("producers", "des producteurs", "de los productores"),
    Text("producers who sold", "des producteurs qui ont vendu", "de los productores que vendieron"),
    Text("producers with credit", "des producteurs avec crédit", "de los productores con crédito"),
    Text("products", "des produits", "de los productos"),
    Text("quantity sold", "de la quantité vendue", "de la cantidad vendida"),
    Text("rejections", "des refus", "de los rechazos"),
    Text("respondents", "des répondants", "de los encuestados"),
    Text("sales", "des ventes", "de las ventas"),
    Text(
        "sales delivered more than 30 days ago",
        "des ventes livrées il y a plus de 30 jours",
        "de las ventas entregadas hace más de 30 días",
    ),
    Text(
        "sales whose agreed day has passed",
        "des ventes dont le jour convenu est passé",
        "de las ventas cuyo día acordado ya pasó",
    ),
    Text("supervisors", "des superviseurs", "de los supervisores"),
    Text("suppliers", "des fournisseurs", "de los proveedores"),
    Text("the benchmark", "de la référence", "de la referencia"),
    Text("the credit a year", "du crédit par an", "del crédito al año"),
    Text("the export value", "de la valeur à l'exportation", "del valor de exportación"),
    Text("the line", "du seuil", "de la línea"),
    Text("the living wage", "du salaire vital", "del salario digno"),
    Text("the minimum wage", "du salaire minimum", "del salario mínimo"),
    Text("the premium", "de la prime", "de la prima"),
    Text("the price", "du prix", "del precio"),
    Text("the quantity accepted", "de la quantité acceptée", "de la cantidad aceptada"),
    Text("the quantity offered", "de la quantité offerte", "de la cantidad ofrecida"),
    Text("the quantity sold", "de la quantité vendue", "de la cantidad vendida"),
    Text("the retail value", "de la valeur au détail", "del valor al por menor"),
    Text("the value sold", "de la valeur vendue", "del valor vendido"),
    Text("value added", "de la valeur ajoutée", "del valor agregado"),
    Text("workers", "des travailleurs", "de los trabajadores"),
    Text("workers trained", "des travailleurs formés", "de los trabajadores capacitados"),
    Text(
        "workers with overtime",
        "des travailleurs en heures supplémentaires",
        "de los trabajadores con horas extra",
    ),
)
_SHARE = Text("share of ", "part ", "proporción ")
_AT_BASE = Text(" at base prices", " aux prix de base", " a precios base")


@cache
def unit_in(unit: str, language: Language) -> str:
    """Return a unit in a reader's language; words that are not known stay as the definition writes them.

    Examples
    --------
    >>> unit_in("LCU/household/year at base prices", "fr"), unit_in("share of workers", "es")
    ('LCU/ménage/an aux prix de base', 'proporción de los trabajadores')
    >>> unit_in("kg/ha", "fr"), unit_in("share of workers", "en")
    ('kg/ha', 'share of workers')
    """
    return "/".join(_part(part, language) or part for part in _parts(unit)) + _ending(unit, language)


def unknown_words(unit: str) -> list[str]:
    """Return the parts of a unit that have no words in French and Spanish.

    Examples
    --------
    >>> unknown_words("LCU/bundle"), unknown_words("LCU/day")
    (['bundle'], [])
    """
    return [part for part in _parts(unit) if part and _part(part, "fr") is None]


def per_in(unit: str, per: str | None, language: Language) -> str:
    """Return a unit with the period it is counted over, as a question has them.

    Examples
    --------
    >>> per_in("hours", "week", "fr"), per_in("hours", "week", "en"), per_in("kg", None, "es")
    ('heures par semaine', 'hours per week', 'kg')
    """
    by = {"en": "per", "fr": "par", "es": "por"}[language]
    period = f"{by} {unit_in(per, language)}" if per else ""
    return f"{unit_in(unit, language)} {period}".strip()


def unit_text(unit: str, currency: str = "LCU") -> Text:
    """Return a unit in three languages, in the programme's currency.

    Examples
    --------
    >>> unit_text("LCU/day", "KES")
    Text(en='KES/day', fr='KES/jour', es='KES/día')
    """
    return Text(*(unit_in(unit, language).replace("LCU", currency) for language in LANGUAGES))


def _parts(unit: str) -> list[str]:
    return unit.removesuffix(_AT_BASE.en).split("/")


def _ending(unit: str, language: Language) -> str:
    return _AT_BASE.in_(language) if unit.endswith(_AT_BASE.en) else ""


def _part(part: str, language: Language) -> str | None:
    if part in _SYMBOLS or (part.isupper() and len(part) == 3 and part != "FTE") or language == "en":
        return part
    known = _book(_WORDS).get(part)
    if known is None and part.startswith(_SHARE.en):
        of = _book(_OF).get(part.removeprefix(_SHARE.en))
        return None if of is None else f"{_SHARE.in_(language)}{of.in_(language)}"
    return None if known is None else known.in_(language)


@cache
def _book(words: tuple[Text, ...]) -> dict[str, Text]:
    return {text.en: text for text in words}
